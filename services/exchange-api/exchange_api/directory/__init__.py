"""The directory of government data (政务数据目录): what this system shares, with which fields and on what terms."""
