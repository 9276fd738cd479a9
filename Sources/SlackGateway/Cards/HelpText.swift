package import SlackContract
import Support

/// The answer to `/sym help`, and to anything that is no command.
package enum HelpText {
    private static let commands: [(usage: String, words: [String], does: Mrkdwn)] = [
        ("/sym", [], "opens the form in which you ask for something"),
        ("/sym req [flow] [target]", ["req", "request"], "opens the form of that flow at once"),
        ("/sym list", ["list"], "shows your open requests and active access"),
        ("/sym whoami", ["whoami"], "shows who you are here, and your role"),
        ("/sym help", ["help"], "shows this"),
    ]
    private static let wordMax = 50

    /// - Parameter unknown: what was typed instead of a command; `nil` where help was asked for.
    package static func message(unknown: String?) -> Message {
        let usages = commands.map { "\(code: $0.usage) \(raw: $0.does)" as Mrkdwn }.joined(separator: "\n")
        guard let unknown, !unknown.trimmed.isEmpty else {
            return Message(text: "What you can type", blocks: [.section("*What you can type*"), .section(usages)])
        }
        let typed = Words.oneLine(String(unknown.prefix(wordMax)))
        var sorry: Mrkdwn = "I do not know \(code: "/sym " + typed)."
        let words = commands.flatMap(\.words)
        if let nearest = Spelling.nearest(to: String(typed.prefix { $0 != " " }), among: words) {
            sorry += " Did you mean \(code: "/sym " + nearest)?"
        }
        return Message(text: sorry, blocks: [.section(sorry), .section(usages)])
    }
}
