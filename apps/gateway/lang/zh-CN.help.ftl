### --help 的中文。英文写在源码的注释里；键是命令的路径，属性是参数的名字。

linli-gateway = 邻里网关：门口的东西说的话变成签名的事件，只收业主同意过的
linli-gateway-join = 用给网关的邀请加入社区，并等待接纳
    .invite = 邀请的文字；`-` 从标准输入读
    .label = 网关想叫什么；不写时叫“网关”
linli-gateway-run = 运行节点和桥，直到被停下
linli-gateway-sources = 列出每个来源：哪个设备、业主是否同意、最近说了什么、拒收了什么
linli-gateway-status = 显示节点、消息服务器和暂存的现状
linli-gateway-systemd = 打印 systemd 单元，让这个家随机器启动
    .system_user = 整台机器共用，以这个账户运行；不写则属于本人的服务
linli-gateway-completions = 打印命令补全脚本
    .shell = 哪种 shell
linli-gateway-man = 打印手册首页，或写出全部手册
    .folder = 每个命令写一页到这个文件夹；不写则打印首页
