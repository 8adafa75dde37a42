### 窗口程序命令行的文字，中文。与 en.ftl 的键完全相同。屏幕上的字在 i18n/ 里。

fault-no-window = 窗口打不开。
hint-no-window = 需要显示器和 OpenGL；没有时请用 `linli` 命令
