"""The step sheet as a PDF with real text: to print, to pin beside the easel, to trace. Needs the extra `paper`."""
