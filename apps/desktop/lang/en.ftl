### Texts of the desktop's command line, English. The same keys stand in zh-CN.ftl. The words on the screen are in i18n/.

fault-no-window = The window does not open.
hint-no-window = A display and OpenGL are needed; without them use the `linli` command
