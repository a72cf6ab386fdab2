"""The archive for offices without internet: what makes it, and what installs it there."""
