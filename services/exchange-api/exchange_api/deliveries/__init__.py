"""Register files given to connected systems (文件交换): each edition noted, answered with the receiver's own counts."""
