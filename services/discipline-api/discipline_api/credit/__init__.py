"""Copies for the credit platform: the 双公示 file of administrative penalties on display, and of those to be deleted.

Serves measure 12 (M12-D5; 发改办财金〔2018〕424号, 河南省社会信用条例 13, 19, 20, 42).
"""
