### --help 的中文。英文写在源码的注释里；键是命令的路径，属性是参数的名字。

linli-archive = 邻里守藏：保存社区的全部记录，核验、提供、归还
linli-archive-join = 用给守藏人的邀请加入社区，并等待接纳
    .invite = 邀请的文字；`-` 从标准输入读
    .label = 守藏人想叫什么；不写时叫“守藏人”
linli-archive-run = 跟随并提供社区的记录，直到被停下；开始时核验一次，以后定期核验
    .verify_every = 两次核验之间的天数；0 为不核验
linli-archive-status = 显示节点的现状和上次核验的结果
linli-archive-verify = 从第一条、第一块起，核验所存的全部日志和区块
linli-archive-restore = 把档案复制成一个新的只读的家，走与网络相同的门
    .from = 档案：社区里任一节点的家，或一个捎带包文件
    .to = 新的家；必须还不存在
    .digest = 副本应有的摘要，以邻居打印的为准
linli-archive-digest = 打印摘要；内容相同的节点打印的相同
linli-archive-systemd = 打印 systemd 单元，让这个家随机器启动
    .system_user = 整台机器共用，以这个账户运行；不写则属于本人的服务
linli-archive-completions = 打印命令补全脚本
    .shell = 哪种 shell
linli-archive-man = 打印手册首页，或写出全部手册
    .folder = 每个命令写一页到这个文件夹；不写则打印首页
