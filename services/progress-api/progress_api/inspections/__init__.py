"""考核督查 (W2-D2, W2-I2): the year's programme, inspections of regions, findings and their rectification (整改)."""
