"""What pictures are drawn with: tiles on a page in inches, mosaics, named axes, PNG files."""
