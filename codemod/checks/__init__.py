"""What must hold on the result before anything is written."""
