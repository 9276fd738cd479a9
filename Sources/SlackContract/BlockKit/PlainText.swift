import Support

/// Text that Slack does not parse for markup. `:name:` becomes an emoji only where that is wanted.
package struct PlainText: Hashable, Sendable, ExpressibleByStringInterpolation {
    package var text: String
    package var showsEmoji: Bool

    package init(_ text: String, showsEmoji: Bool = false) {
        self.text = text
        self.showsEmoji = showsEmoji
    }

    package init(stringLiteral text: String) { self.init(text) }

    package var isBlank: Bool { SlackText.isBlank(text) }

    func json(limit: Int, orElse placeholder: String = SlackText.placeholder) -> JSONValue {
        [
            "type": "plain_text", "text": .string(SlackText.fitted(text, to: limit, orElse: placeholder)),
            "emoji": .bool(showsEmoji),
        ]
    }
}

extension Mrkdwn {
    /// `verbatim` keeps Slack from making links and mentions out of what only looks like them, such as `@here`.
    func json(limit: Int) -> JSONValue {
        ["type": "mrkdwn", "text": .string(fitted(to: limit)), "verbatim": true]
    }
}
