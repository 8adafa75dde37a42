### 守藏命令行的文字，中文。与 en.ftl 的键完全相同。

# 核验
verifying = 正在从第一块起核验全部内容。
verified-records = 记录
verified-logs = 公开日志
verified-blocks = 区块
verified-digest = 摘要
verified-sound = 每条链、每个哈希、每个签名、每个区块都完好。
verified-faults = 发现 { $count } 处损坏。
verified-at-start = 已核验 { $records } 条记录、{ $blocks } 个区块：全部完好。
damage-held = 发现 { $count } 处损坏。完好的部分继续提供；`linli-archive verify` 逐处列出。
never-verified = 这里还没有核验过：请运行 `linli-archive verify`。
last-verified = 上次核验于 { $time }：
digest-missing = 还有 { $count } 份正文没有到；到齐之前，摘要可能与别处不同。

# 归还
restoring = 正在复制 { $name }，走与网络相同的门。
restored = 已复制 { $records } 条记录到 { $home }。
restored-digest = 两处摘要相同：{ $digest }
fault-copy-differs = 副本的摘要与档案不同。
fault-bundle-cut-short = 档案与副本之间的捎带包不完整。
fault-archive-grows = 档案增长太快，复制跟不上。
hint-copy-differs = 在档案上运行 `linli-archive verify`：损坏的部分不会被带过去
hint-bundle-cut-short = 检查新家所在磁盘的剩余空间，删掉新家再试一次
hint-archive-grows = 复制时先停下它的节点
