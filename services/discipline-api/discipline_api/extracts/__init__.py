"""公示信息查询结果: what public disclosure held about a lawyer or a firm at an instant (measure 12, M12-D5).

A query result, not a 证明: it says what was not covered, which policy applied, and at which head of the disclosure log
it was read. It comes as JSON, as JWS and as PDF with a code; the page behind the code also tells whether something came
since. A fuller extract goes to the person itself or to whom it authorises, free of charge (河南省社会信用条例 40).
"""
