"""What pictures are drawn with: a page in inches, a grid of captioned images, PNG files."""
