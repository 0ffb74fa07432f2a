"""Systems of other organs that are connected (接入系统): who they are and whether they are let in."""
