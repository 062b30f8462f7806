"""A document as a file: Word, Excel, HTML."""
