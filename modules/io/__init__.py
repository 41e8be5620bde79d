"""Reading and writing files: atomic writes, locks, checks of PNG and JSON, model folders, errors."""
