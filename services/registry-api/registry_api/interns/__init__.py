"""申请律师执业实习人员: registered by the association, apart from lawyers, and never counted as such.

They are here so that a question about one is answered as what he is: an intern of a firm, who may not act as a lawyer.
"""
