### 所有程序共用的文字，中文。与 en.ftl 的键完全相同。
### $ 后的名字由程序填入；一族的行（kind-of-fault- 等）按节点给出的代码查找。

# 结束
error = 错误：{ $message }
hint = 提示：{ $message }
warning = 注意：{ $message }
interrupted = 已中断。凡确认过的都已保存。
done = 好了。
list-separator = { "、" }
exit-done = 完成
exit-damaged = `check` 或 `repair` 发现损坏
exit-interrupted = 等待时被 Ctrl-C 结束
fault-names = 说的是：{ $names }
hint-of-a-reason = 先看看现在的情形；谁可以说什么，`linli people` 列出各种职务
kind-of-fault-internal = 本程序的缺陷
kind-of-fault-input = 命令或请求写得不对，请修改
kind-of-fault-not-found = 没有这个名字的东西
kind-of-fault-ambiguous = 这个名字对应不止一样东西
kind-of-fault-not-allowed = 社区的规则不允许
kind-of-fault-not-joined = 这里（还）不是社区成员
kind-of-fault-waiting = 要等别人先做一步
kind-of-fault-unreachable = 网络送不到
kind-of-fault-disk = 磁盘拒绝，或内容已损坏
kind-of-fault-busy = 另一个程序正打开着这个家
kind-of-fault-stopped = 没有节点在运行，或已停止
kind-of-fault-newer = 需要更新的 Linli

# 读不懂的命令
usage-unknown-argument = 没有参数 { $argument }。
usage-unknown-command = 没有命令 { $command }。
usage-no-verb = 命令缺少动词。
usage-missing = 缺少：{ $argument }。
usage-no-value = { $argument } 缺少值。
usage-bad-value = { $argument } 不能是“{ $value }”。
usage-conflict = { $argument } 与 { $other } 不能同时用。
usage-other = 命令读不懂：{ $message }。
usage-not-utf8 = 命令行不是 UTF-8 文字。
usage-perhaps = 也许您要的是 { $suggestion }。
usage-values = 可用的有：{ $values }。
usage-help = 在命令后加 --help，看它要什么。
help-exit-codes = 退出码：
help-values = （可用：{ $values }）
help-default = （默认：{ $value }）
help-usage = 用法：
help-commands = 命令
help-arguments = 参数
help-options = 选项

# 每个程序都有的参数
common = 每个程序都有的参数
    .home = 家所在的文件夹；不写时用系统的数据文件夹
    .json = 用 JSON 回答，一行一份
    .lang = 用哪种语言说话
    .quiet = 只说结果和错误
    .help = 显示帮助
    .version = 显示版本
    .listen = 监听的 UDP 地址；端口 0 由系统选一次
    .no_discover = 不在局域网里找邻居
    .relay = 给路由器后面的邻居中转的 TCP 地址，要在别人够得着的机器上
    .announce = 另外告诉邻居的地址，例如转发的端口；可写多次
    .no_wait = 只备好家：由 `run` 去敲门
    .timeout = 等这么多秒就不等了；家仍然备好

# 加入、运行
join-invite = { $from } 邀请您加入 { $name }；邀请在 { $until } 之前有效。
join-waiting = 已敲门。请邻居在那边用 `linli admit` 接纳您。
join-needs-another = 一位邻居已同意，还需要另一位。
join-syncing = 已被接纳。正在取来邻居们的记录。
join-refused = 社区不接受这份邀请。
prepared = 已备好 { $home }。
running = { $home } 正在运行。按 Ctrl-C 结束。
stopped = 已停止；凡确认过的都在磁盘上。
event-linked = { $name } 来了
event-unlinked = { $name } 走了
event-knocked = { $label } 以{ $role }身份敲门，单元 { $unit }：`linli admit { $claim }` 接纳
busy-check = 正在核对
busy-repair = 正在修复
busy-at = { $what }：{ $stage }，{ $percent }%
busy-begins = { $what }
stage-records = 记录
stage-indexes = 索引
stage-register = 公册文件
stage-attachments = 附件
stage-blocks = 区块
status-busy = 正忙
event-lagged = 漏看了 { $missed } 件事
join-next = 运行 `run` 去敲门，并等待接纳。
joined-next = 用 `run` 让这个家一直运行。
newcomer = 新来的邻居
join-knocking = 正在敲门
join-nobody-answers = 还没有人应门：发邀请的那一家开着节点吗？两边在同一个网络里吗？正在再试。
systemd-next-user = 存为 ~/.config/systemd/user/{ $name }.service，然后运行：systemctl --user enable --now { $name }
systemd-next-system = 存为 /etc/systemd/system/{ $name }.service，然后运行：systemctl enable --now { $name }

# 现状
status-unnamed = 社区 { $id }
status-household = 户
status-household-is = { $label }，单元 { $unit }，{ $role }
status-state = 状态
status-settled = 入册
status-settled-until = 到 { $time }，第 { $height } 块
status-settled-height = 第 { $height } 块
status-nothing-settled = 还没有
status-witness = 本节点是见证人
status-waiting-for = 下一块在等 { $what }
status-records = 记录
status-copies = 已全部发给的邻居
status-addresses = 可由此到达

# 各族
member-joining = 等待接纳
member-member = 成员
member-turned-away = 邻居不再接待
member-removed = 已移出
role-owner = 业主
role-family = 家人
role-tenant = 租户
role-clerk = 文员
role-firm = 物业
role-grid = 网格员
role-department = 部门
role-gateway = 网关
role-keeper = 守藏人
role-device = 设备
role-registrar = 登记人
role-moderator = 管理员
role-unknown = 未知

# 手册
man-written = 已写 { $count } 页。
