package keymap

// table is every action with its default keys. An action stands here once the program can do it.
var table = []Action{
	{Name: "global.help", Keys: []string{"?", "f1"}, Short: "help", Text: "show every key that works here"},
	{Name: "global.palette", Keys: []string{":", "ctrl+p"}, Short: "palette", Text: "find an action by its name"},
	{Name: "global.events", Keys: []string{"!", "f3"}, Short: "events", Text: "show what happened on the connection"},
	{Name: "global.subscribe", Keys: []string{"s"}, Short: "subscribe", Text: "subscribe to a topic filter"},
	{Name: "global.publish", Keys: []string{"p"}, Short: "publish", Text: "write a message to publish"},
	{Name: "global.next", Keys: []string{"tab"}, Short: "next", Text: "next field or pane"},
	{Name: "global.previous", Keys: []string{"shift+tab"}, Short: "previous", Text: "previous field or pane"},
	{Name: "global.pane1", Keys: []string{"1", "alt+1"}, Short: "subscriptions", Text: "go to Subscriptions"},
	{Name: "global.pane2", Keys: []string{"2", "alt+2"}, Short: "messages", Text: "go to Messages"},
	{Name: "global.pane3", Keys: []string{"3", "alt+3"}, Short: "publish pane", Text: "go to Publish"},
	{Name: "global.pane4", Keys: []string{"4", "alt+4"}, Short: "shadow", Text: "go to Shadow"},
	{Name: "global.zoom", Keys: []string{"z", "alt+z"}, Short: "zoom", Text: "give the pane the whole screen, or take it back"},
	{Name: "global.retry", Keys: []string{"ctrl+y"}, Short: "retry", Text: "connect again at once"},
	{Name: "global.back", Keys: []string{"esc"}, Short: "back", Text: "back out of anything"},
	{Name: "global.suspend", Keys: []string{"ctrl+z"}, Short: "suspend", Text: "suspend the program"},
	{Name: "global.quit", Keys: []string{"q"}, Short: "quit", Text: "leave, asking when something would be lost"},
	{Name: "global.leave", Keys: []string{"ctrl+c"}, Short: "leave", Text: "leave at once"},

	{Name: "list.up", Keys: []string{"up", "k"}, Short: "up", Text: "one row up"},
	{Name: "list.down", Keys: []string{"down", "j"}, Short: "down", Text: "one row down"},
	{Name: "list.pageup", Keys: []string{"pgup"}, Short: "page up", Text: "one page up"},
	{Name: "list.pagedown", Keys: []string{"pgdown"}, Short: "page down", Text: "one page down"},
	{Name: "list.top", Keys: []string{"home", "g"}, Short: "top", Text: "to the first row"},
	{Name: "list.bottom", Keys: []string{"end", "G"}, Short: "bottom", Text: "to the last row"},
	{Name: "list.unfold", Keys: []string{"right", "l"}, Short: "unfold", Text: "unfold the row"},
	{Name: "list.fold", Keys: []string{"left", "h"}, Short: "fold", Text: "fold the row"},
	{Name: "list.open", Keys: []string{"enter"}, Short: "open", Text: "open the row"},

	{Name: "subscriptions.add", Keys: []string{"a", "s"}, Short: "add", Text: "subscribe to a topic filter"},
	{Name: "subscriptions.unsubscribe", Keys: []string{"x"}, Short: "unsubscribe", Text: "unsubscribe from the chosen filter"},

	{Name: "messages.pause", Keys: []string{" "}, Short: "pause", Text: "freeze the view; messages go on being kept"},
	{Name: "messages.follow", Keys: []string{"G", "end"}, Short: "follow", Text: "go to the newest message and follow"},
	{Name: "messages.copy", Keys: []string{"y"}, Short: "copy payload", Text: "copy the payload"},
	{Name: "messages.copytopic", Keys: []string{"Y"}, Short: "copy topic", Text: "copy the topic"},
	{Name: "messages.display", Keys: []string{"v"}, Short: "display", Text: "show the payload as JSON, text or hex"},
	{Name: "messages.republish", Keys: []string{"r"}, Short: "republish", Text: "open the message in Publish"},
	{Name: "messages.clear", Keys: []string{"C"}, Short: "clear", Text: "clear the log"},

	{Name: "publish.send", Keys: []string{"ctrl+s", "alt+enter"}, Short: "publish", Text: "publish the message"},
	{Name: "publish.format", Keys: []string{"ctrl+f"}, Short: "format", Text: "format the payload as JSON"},
	{Name: "publish.toggle", Keys: []string{" "}, Short: "change", Text: "change the QoS or the retain flag"},

	{Name: "shadow.choose", Keys: []string{"t"}, Short: "thing", Text: "choose thing and shadow"},
	{Name: "shadow.get", Keys: []string{"u"}, Short: "get", Text: "get the shadow again"},
	{Name: "shadow.edit", Keys: []string{"e"}, Short: "edit", Text: "edit the desired value"},
	{Name: "shadow.undo", Keys: []string{"U"}, Short: "undo", Text: "take back the last edit"},
	{Name: "shadow.send", Keys: []string{"ctrl+s", "alt+enter"}, Short: "review and send", Text: "review the update and send it"},
	{Name: "shadow.delete", Keys: []string{"D"}, Short: "delete", Text: "delete the shadow"},
}
