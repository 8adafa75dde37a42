### 网关命令行的文字，中文。与 en.ftl 的键完全相同。

# 运行
bridging = { $broker } 上的 { $sources } 个来源。
nothing-is-bridged = 没有 { $path }：节点照常运行，但没有接任何东西。写法见 docs/guide/gateways-and-consent.md。
password-in-the-clear = 密码在网络上没有加密。请设 tls = true，或把消息服务器放在本机。
not-configured = 还没有 gateway.toml：没有接任何东西。写法见 docs/guide/gateways-and-consent.md。
not-running = 这个家里没有网关在运行；下面是上一次看到的。

# 来源
head-source = 来源
head-device = 设备
head-thing = 是什么
head-agreed = 同意
head-value = 状态
head-said = 何时
head-refused = 拒收
head-model = 型号
head-could-be = 可作为
agreed = 已同意
not-agreed = 没有，拒收
unlisted = 下列设备不在 gateway.toml 里，不听：
unserved = 业主同意了 { $name }，但这里没有叫这个名字的来源。

# 现状
status-broker = 消息服务器
status-bridge = Zigbee2MQTT
status-sources = 来源
status-sources-agreed = 共 { $of } 个，其中 { $agreed } 个已获同意
status-spool = 暂存
status-blocked = 暂存原因
status-expired = 满一天丢弃
status-missed = 来不及收下
status-denied = 消息服务器不让听的主题
status-unconsented = 拒收：没有同意
status-malformed = 拒收：其他原因
status-refused = 拒收的桥消息

# 各族
thing-contact = 门窗
thing-leak = 漏水
thing-smoke = 烟雾
value-open = 开
value-closed = 关
value-wet = 湿
value-dry = 干
value-yes = 是
value-no = 否
value-unknown = 未知
broker-up = 已连接
broker-down = 未连接
bridge-online = 在运行
bridge-offline = 没有运行
bridge-unheard = 还没有听到
refused-no-consent = 没有同意
refused-too-large = 太大
refused-not-json = 读不懂
refused-not-an-object = 读不懂
refused-not-a-state = 读不懂
fault-joining = 等待接纳：这期间的消息留在 broker 那里
hint-no-home = 用 `linli-gateway join 邀请` 准备一个；邀请由登记人用 `linli invite --as gateway` 生成
