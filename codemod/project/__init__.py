"""All files' facts together: modules, symbols, classes, models."""
