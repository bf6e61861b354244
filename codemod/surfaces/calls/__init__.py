"""What a call in the code is: of whom, to which method, with what."""
