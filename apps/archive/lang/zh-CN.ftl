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
restored-lacking = 档案里缺少或已损坏 { $count } 个附件：副本里也没有。
fault-copy-differs = 副本的摘要与档案不同。
fault-bundle-cut-short = 捎带包不完整或被改动过：校验和不对。
fault-bundle-lacks = 捎带包缺少其区块所入册的内容。
fault-archive-forged = 档案里有记录无法通过核验。
fault-archive-link = 档案里有既不是文件也不是文件夹的东西。
fault-other-digest = 档案的摘要与期望的不同。
fault-archive-grows = 档案增长太快，复制跟不上。
hint-copy-differs = 在档案上运行 `linli-archive verify`：损坏的部分不会被带过去
hint-bundle-cut-short = 从写出它的地方重新拷贝一次，并看看磁盘剩余空间
hint-bundle-lacks = 从第一条记录起重新写一份（`--after 0`）
hint-archive-forged = 不要用这份档案：换一位守藏人或邻居的
hint-archive-link = 家里没有链接：请从原来的文件夹或捎带包恢复
hint-other-digest = 问几位邻居他们的摘要（`linli digest`）；旧档案的摘要也会不同
hint-archive-grows = 复制时先停下它的节点
hint-no-home = 用 `linli-archive join 邀请` 准备一个；邀请由登记人用 `linli invite --as keeper` 生成

# 每种损坏该怎么办
advice-attachment = 已放到一边；`linli-archive run` 连上邻居后会再取一份来。
advice-block = 区块可以从任何邻居再取来：停下本节点，在这个家上运行 `linli repair`，再运行 `linli-archive run`。
advice-cache = 什么都没丢：它是由记录算出来的。在这个家上运行 `linli repair` 重新计算。
advice-file = 记录库的文件损坏了。停下本节点，在这个家上运行 `linli repair`：救下能救的，其余由邻居再送来。如果损坏再次出现，多半是磁盘要坏了。
advice-fork = 一份有两个历史的日志，其中一支损坏了：在这个家上运行 `linli repair`，再由存有它的邻居送来。
advice-index = 什么都没丢：在这个家上运行 `linli repair` 重建索引。
advice-other = 在这个家上运行 `linli repair`，再核验一次，并与邻居核对摘要。
advice-record = 在这个家上运行 `linli repair`：一个字节的损坏会修好，修不好的放到一边，由邻居再送来。
advice-register = 在这个家上运行 `linli repair`：它会重放各个区块。如果公册的状态仍然不同，先与另一位守藏人商量，再继续提供。
advice-tip = 在这个家上运行 `linli repair`：它会从记录读出日志的末尾。
advice-value = 在这个家上运行 `linli repair`；关于邻居的内容会重新从他们那里得知。
