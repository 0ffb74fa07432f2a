"""公示信息查询结果: made without an account, kept behind its code, checked and printed."""
