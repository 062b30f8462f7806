"""The checks that an audit office runs, on a published file: what each is, its SQL, the workbook of what it found."""
