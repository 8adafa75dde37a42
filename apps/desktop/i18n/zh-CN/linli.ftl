# 邻里: 屏幕上的每一个字。钮上用动词; 一事一词, 词表见 docs/GLOSSARY.md。
# role-、category-、answer-、note-、kind-、fault-、hint-、warning- 各族按节点给出的代码查找。

## 五处
place-today = 今天
place-talk = 闲聊
place-matters = 议事
place-memory = 记忆
place-estate = 小区
unread-count = { $count } 条未读
list-between = 、

## 工具
back = 返回
close = 知道了
tool-language = English
tool-language-name = 切换到英文
tool-look-light = 浅色
tool-look-dark = 深色
tool-look-contrast = 高对比
tool-look-name = 切换外观，现在是{ $look }
tool-text = 字号 { $percent }%
tool-text-name = 放大文字，现在是 { $percent }%
tool-elder = 长辈模式
tool-elder-leave = 回到完整界面
field-title = 标题
field-text = 正文
underway = 正在保存…
draft-kept = 没写完也不要紧：写下的字一直存在本机。

## 状态条
reach-alone = 现在没连上邻居，照常可以读写
reach-alone-more = 写下的都已存在本机，连上邻居后自动送出。
reach-building = 已连上本楼的网络
reach-direct = 已直接连上邻居
reach-relay = 已经由社区的中转相连
reach-neighbours = 与 { $count } 户相连
reach-open = 查看连接详情
reach-heading = 连接与保存
reach-linked = 现在连着的
reach-details = 详情
saved-here = 已全部存在本机
saved-with = 已存本机，并已发给 { $count } 户
saved-waiting = { $count } 条正在送出
detail-records = 本机存有 { $count } 条记录
detail-settled = 公册到第 { $height } 块，{ $when }入册
detail-nothing-settled = 公册还没有入册的内容
detail-here = 节点由本窗口运行；关上窗口，它就停下
detail-elsewhere = 节点由另一个程序运行；关上窗口，它还在
detail-addresses = 邻居可由此到达：{ $addresses }

## 刚做的事
done-saved = { $count ->
   *[other] 已存好，正送往相连的 { $count } 户邻居
    }
done-saved-alone = 已存在本机，连上邻居后自动送出
done-needs-another = 已存好；还需另一位邻居同意
done-copied = 已复制，可以粘贴发给对方

## 打开与等待
opening-title = 正在打开
opening-more = 马上就好。
stuck-title = 打不开这个家
stuck-again = 再试一次
joining-heading = 正在加入小区
joining-heading-of = 正在加入{ $name }
joining-from = { $name }请您来
joining-knocking = 找到邀请您的那一户，敲门
joining-waiting = 门铃响了，等邻居开门
joining-needs-another = 一位邻居已同意，还等另一位
joining-receiving = 已经进门，正在取小区的册子（{ $count } 条）
joining-patience = 请开着这个窗口，也请邻居开着他的。您可以给邻居打个电话，请他在“小区”里按“请进”。
joining-refused = 这份邀请进不了门
joining-refused-more = 它可能已用过、过期或被收回。请邻居重新发一份；然后删掉这个文件夹，再打开窗口粘贴新的邀请：{ $folder }

## 今天
greeting-morning = 早上好，{ $name }
greeting-noon = 下午好，{ $name }
greeting-evening = 晚上好，{ $name }
month-name = { $number }月
date-line = { $month }{ $day }日 { $weekday }
weekday = { $number ->
    [1] 星期一
    [2] 星期二
    [3] 星期三
    [4] 星期四
    [5] 星期五
    [6] 星期六
   *[7] 星期日
    }
when-now = 刚刚
when-minutes = { $count } 分钟前
when-hours = { $count } 小时前
when-yesterday = 昨天 { $time }
when-day = { $month }{ $day }日
when-year = { $year }年{ $day }
awaiting-heading = 等您来定
awaiting-newcomer = { $name } 在敲门
awaiting-open-door = 去开门
awaiting-answer = 去回答
awaiting-done = 说是办完了
awaiting-judge = 去评价
newest-talk = 最新闲聊
newest-story = 最新故事

## 通知
notices-heading = 通知
notices-unread = { $count } 条还没看
notices-none-title = 现在没有通知
notices-none-more = 有新通知时会在这里告诉您。
notice-open-name = 打开通知：{ $title }
notice-must = 必读
notice-revised = 有更新
notice-acknowledge = 我看过了
notice-acknowledge-name = 我看过了：{ $title }
notice-acknowledged = 已看过
notice-seen = { $seen } / { $total } 户看过
notice-seen-by = { $seen } 户看过
notice-days-left = { $count ->
    [0] 今天到期
   *[other] 还有 { $count } 天到期
    }
notice-disputed = 发布人在两台设备上同时改过，这里显示其中一版。
notice-earlier = 之前的版本
notice-post = 发通知
notice-post-act = 发布
notice-revise = 更新这条通知
notice-title-hint = 例如：周三上午九点到十二点停水
notice-for = 发给谁
notice-for-same = 和原来一样
notice-for-buildings = 选楼栋
notice-for-stairs = 选单元门
notice-days = 多久有效
notice-days-count = { $count } 天
notice-days-ever = 长期
notice-must-heading = 要不要每户确认
notice-must-no = 不用
notice-must-yes = 必读，请每户确认
missing-heading = 还有 { $count } 户没看
scope-everyone = 所有人
scope-estate = 全小区
scope-building = { $building }号楼
scope-stair = { $building }号楼{ $stair }单元
scope-unit = { $unit }
held-here = 已存本机
held-with = 已发给 { $count } 户
held-settled = 已入册

## 闲聊
talk-threads = 所有话题
talk-new = 发起话题
talk-new-act = 开始聊
talk-about = 聊什么
talk-about-hint = 例如：谁家有人字梯
talk-first = 先说一句
talk-voices = { $count } 户聊过
talk-new-since = 以下是新消息
talk-hint = 说点什么，回车发送
talk-composer-name = 给“{ $thread }”写消息
talk-send = 发送
talk-none = 选一个话题开始聊
talk-none-more = 或者发起一个新的。
talk-gone = 这条消息已撤回

## 议事
calls-heading = 点名
requests-heading = 报事
request-new = 报一件事
request-act = 报上去
request-title = 什么事
request-title-hint = 例如：三楼楼道灯不亮
request-category = 哪一类
request-place = 在哪儿
request-place-hint = 例如：2号楼1单元三楼
request-text = 说仔细些
request-life = 经过
request-remark = 附一句话
request-remark-hint = 例如：师傅周四上午来
category-lift = 电梯
category-water = 水
category-power = 电
category-gas = 燃气
category-heating = 暖气
category-drain = 下水
category-door = 门禁
category-light = 照明
category-clean = 保洁
category-noise = 噪声
category-parking = 停车
category-fault = 故障
category-safety = 安全
category-other = 其他
stand-open = 待接办
stand-taken = 有人在办
stand-done = 说是办完了
stand-good = 办好了
stand-bad = 没办好
step-reported = 报上来
step-taken = 接办
step-done = 办完
step-good = 评价：满意
step-bad = 评价：不满意
step-reopened = 重新打开
step-comment = 说明
step-given-back = 退回，请别人办
step-unknown = 这一步的内容还没有到
act-take = 我来办
act-finish = 办完了
act-give-back = 请别人办
act-approve = 满意
act-reject = 不满意
act-reopen = 还没好，重新打开
act-comment = 只说一句
call-open = 等您回答
call-answered = 已回答
call-closed = 已结束
call-answer = 回答
call-ours = 您家的回答：{ $answer }
call-reply = 您家的回答
call-reply-number = 写一个整数
call-answered-of = { $count } / { $total } 户已回答
call-answered-by = { $count } 户已回答
call-times = { $count } 户
answer-here = 在
answer-yes = 是
answer-no = 否

## 记忆
story-new = 写一篇故事
story-edit = 接着写
story-act = 存进记忆
story-text = 故事
story-title-hint = 例如：那棵老桂花树
story-text-hint = 慢慢写。邻居可以接着写、更正、补照片；二十年后还在。
story-pictures = { $count } 张照片
story-other-titles = 邻居同时起了别的题目：{ $titles }
story-notes = 邻居的话
story-add-word = 在旁边留一句话
story-add-word-hint = 不改动原文，另记一笔
story-add-word-act = 留下
note-remark = 附记
note-correction = 更正
note-reply = 回应
picture = 照片
picture-of = 照片：{ $caption }
picture-coming = 照片正在取来
picture-not-here = 照片还在邻居那里，连上就会到
picture-unreadable = 这张照片打不开
picture-add = 添一张照片
picture-add-hint = 把照片拖到窗口里，或写下它的位置
picture-add-act = 添上照片
picture-caption = 照片说明

## 小区
newcomers-heading = 门口有人
newcomer-key = 设备 { $key }
newcomer-check = 打个电话，确认真是这位邻居，再请进。
newcomer-needs-another = 您这边已同意，还需另一位邻居点头。
newcomer-admit = 请进
newcomer-admit-name = 请进：{ $name }
newcomer-refuse = 不认识
newcomer-refuse-name = 不认识：{ $name }
roll-none = 还没有房屋清单。登记人用 `linli roll import` 导入后，这里会显示每一户。
roll-joined = { $units } 户中已有 { $joined } 户加入
neighbours-heading = 邻居
neighbours-alone = 现在只有您一户。邀请第一位邻居吧。
neighbour-ours = 我家
neighbour-devices = { $count } 台设备
neighbour-linked = 连着
neighbour-relay = 经中转连着
neighbour-apart = 没连着
neighbour-confirm = 席位无误
neighbour-confirm-name = 席位无误：{ $name }
invites-heading = 还没用的邀请
invite-hours = 还有 { $count } 小时有效
invite-cancel = 收回
invite-cancel-name = 收回邀请：{ $unit }
invite-new = 邀请邻居
invite-role = 请谁来
invite-as-owner = 业主
invite-as-family = 家人
invite-as-tenant = 租户
invite-as-clerk = 文员
invite-as-firm = 物业
invite-as-grid = 网格员
invite-as-department = 部门
invite-as-device = 我家另一台设备
invite-unit = 哪一户
invite-unit-hint = 例如：3-1203
invite-act = 写邀请
invite-explain = 一份邀请只够一位新邻居敲一次门，三天有效；没有人开门，谁也进不来。
invite-made = 给 { $unit } 的邀请写好了。让对方扫码，或把文字发过去。
invite-code = 邀请的二维码
invite-copy = 复制文字
invite-then = 对方敲门后，这里会告诉您。请开着这个窗口。
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

## 两扇门
door-title = 邻里
door-subtitle = 咱们小区自己的册子。记在每家每户，谁也拿不走。
door-join = 加入小区
door-join-more = 粘贴邻居给您的邀请，两分钟就好。不用注册，不用手机号。
door-join-act = 我有邀请
door-found = 创建小区
door-found-more = 为还没有册子的小区立一本，再请邻居进来。
door-found-act = 从头开始
door-moved = 换了电脑？在旧电脑上写一份“我家另一台设备”的邀请，再从这里加入。
door-promise-account = 不要手机号和账号
door-promise-offline = 断网也能用
door-promise-yours = 册子归全体业主
join-invite = 邀请
join-invite-hint = 粘贴以 LINLI1 开头的整段文字
join-unreadable = 这段文字读不懂：请从 LINLI1 起整段粘贴，一个字母也不要少。
join-from = { $from }邀请您加入{ $name }
join-from-unit = { $from }邀请您加入{ $name }，{ $unit }
join-name = 邻居怎么称呼您家
join-name-hint = 例如：3-1203 周家；不写就用房号
join-act = 敲门
found-explain = 您家是第一户，先由您家当登记人和见证人；以后可以请更多邻居分担。
found-name = 小区的名字
found-name-hint = 例如：桂花里
found-unit = 您家是哪一户
found-unit-hint = 照房屋清单写，例如：1-302
found-label = 邻居怎么称呼您家
found-label-hint = 例如：1-302 沈家；不写就用房号
found-act = 立这本册子

## 长辈模式
elder-notices = 看通知
elder-notices-more = { $count ->
    [0] 都看过了
   *[other] 有 { $count } 条新的
    }
elder-help = 找人帮忙
elder-help-more = 修东西、拿快递、问一声
elder-talk = 和邻居聊聊
elder-talk-more = { $count ->
    [0] 没有新消息
   *[other] 有 { $count } 条新的
    }
elder-stories = 看故事
elder-stories-more = { $count ->
    [0] 还没有人写
   *[other] { $count } 篇小区的故事
    }

## 还没有内容的地方
empty-matters-title = 现在没有要议的事
empty-matters-more = 报事和点名都会在这里，一件不落。
empty-memory-title = 这里存放小区的故事
empty-memory-more = 写下第一篇吧：老树、老人、那年停电的夜晚。二十年后还在。

## 没做成的事
kind-input = 这样写不行
kind-not-found = 没有找到
kind-ambiguous = 这个名字不止一样东西
kind-not-allowed = 按小区的规矩，这件事您家现在不能做
kind-not-joined = 您家还没有加入
kind-waiting = 还要等别人先做一步
kind-unreachable = 网络没有送到
kind-disk = 磁盘不让写，什么都没有记下
kind-busy = 另一个程序正用着这个家
kind-stopped = 节点已停下
kind-newer = 需要更新的邻里
kind-internal = 程序出了错
fault-busy = 另一个程序正用着这个家。
hint-busy = 等它结束，再试一次。
fault-damaged = 有文件损坏，原样未动。
hint-damaged = 运行 `linli repair`，或从备份恢复。
fault-disk = 磁盘不让写，什么都没有记下。
hint-disk = 请看看磁盘还有没有空，再试一次；写的字还在。
fault-stopped = 节点已停下。
hint-stopped = 按“再试一次”重新打开。
fault-no-answer = 节点没有应答。
hint-no-answer = 稍等，或重新打开窗口。
fault-invite = 邀请读不懂。
hint-invite = 请粘贴以 LINLI1 开头的整段文字。
fault-invite-expired = 邀请已过期。
hint-invite-expired = 请邻居再发一份。
fault-too-many-invites = 没用的邀请太多。
hint-too-many-invites = 先在“小区”里收回几份。
fault-unit = 房屋清单上没有这一户。
hint-unit = 请照清单写，例如 3-1203。
fault-unit-missing = 要写明是哪一户。
hint-unit-missing = 请照房屋清单写，例如 3-1203。
fault-label = 称呼太长。
fault-home-exists = 这里已经有一个家。
fault-unreadable-file = 文件打不开。
fault-attachment-size = 照片太大，最多 64 MiB。
fault-empty = 故事要有标题或正文。
fault-not-editable = 这篇故事已撤回，或正文还没有到。
fault-answer = 这不是这次点名的回答。
fault-base-missing = 别人也在这篇故事上写过，而窗口不知道您读的是哪个版本。请先复制您的文字，重新打开故事再添上。
fault-base-unknown = 您读过的那个版本这里已经没有了。请先复制您的文字，重新打开故事再添上。
fault-not-a-clerk = 只有登记人、文员或发起点名的那一户，才能代填别人的回答。
fault-no-office = 这件事不在您家或您的职务可做之列。
fault-not-an-editor = 这篇故事指定了由谁来写。您可以在旁边写一句。
fault-idle-step = 照现在的情形，这一步什么也改变不了。
hint-idle-step = 也许别人刚走了这一步，请再看看经过。
fault-not-joined = 您家还没有加入。
hint-not-joined = 等邻居开门。
warning-restored-home = 邻居手里有本机丢失的记录：这个家是从备份恢复或复制来的。什么都没丢，会在新的日志里继续。
warning-copied-home = 这个家还有另一份在用同一把钥匙。请停下其中一份，改为邀请“我家另一台设备”。
warning-port-taken = 这个家的端口被别的程序占用了：这次先换一个端口，下次启动再试原来的。
warning-two-blocks = 同一高度有两个已认证的块：有人把公册的钥匙用了两次。请先与邻居商量，再相信新的决定。
warning-witness-behind = 这个家负责给公册排序，但存储是从备份放回的，少了它签过的块：邻居送来之前不再排序；没有人能送来，请运行 `linli witness resume`。
warning-witness-paused = 这个家负责给公册排序，曾被复制或搬动：已暂停，确认没有另一份后运行 `linli witness resume`。
warning-disk-failed = 磁盘写不进去：恢复之前什么都不会保存，也不会确认；已保存的都在。请腾出空间或检查磁盘。
warning-clock = 公册的时间和本机的时钟差得太多，总有一只不准。请对着手表核对。
warning-needs-newer = 邻居写的有些内容要更新的 Linli 才懂：已收下并照样传递，这里不作判断。
warning-invite-refused = 邀请被拒：已用过、已过期或已取消；请对方再发一份。
warning-witness-missing = 这个家的文件夹里没有公册的钥匙（witness.key），不能排序；有钥匙的那个家会继续。
warning-turned-away = 邻居不再接待这台机器：多半是被吊销了，这里收不到新的内容。请从本户的另一台设备或登记人那里问清楚。
