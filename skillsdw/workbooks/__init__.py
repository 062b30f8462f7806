"""Workbooks of every make → sheets of text, as a person sees them in the spreadsheet program.

Run inside the limited process of `skillsdw/landing/unpack.py`; nothing else of the project is imported here. One module
a format: `xlsx`, `xlsb` (python-calamine for the cells, a pass of our own for what it leaves out), `xls` (xlrd), `ods`,
`spreadsheetml`, `html`.
"""
