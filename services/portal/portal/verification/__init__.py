"""Whether what somebody shows is genuine: a licence, a query result's code, a signed answer, a proof of filing."""
