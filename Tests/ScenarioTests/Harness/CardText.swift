import Support

/// A message as somebody sees it.
struct CardText: Sendable, CustomStringConvertible {
    let json: JSONValue

    init(_ json: JSONValue) { self.json = json }

    var channel: String { json["channel"]?.text ?? "" }
    var ts: String { json["ts"]?.text ?? "" }
    var isEphemeral: Bool { json["ephemeral"]?.flag == true }

    /// All texts of the blocks in their order, one on each line.
    var text: String {
        var lines: [String] = []
        for block in json["blocks"]?.elements ?? [] { Self.collect(block, into: &lines) }
        if lines.isEmpty, let text = json["text"]?.text { lines.append(text) }
        return lines.joined(separator: "\n")
    }

    /// What a notification says.
    var notification: String { json["text"]?.text ?? "" }

    var buttons: [String] {
        (json["blocks"]?.elements ?? []).flatMap { block in
            ((block["elements"]?.elements ?? []) + [block["accessory"]].compactMap { $0 })
                .filter { $0["type"]?.text == "button" }.compactMap { $0["text"]?["text"]?.text }
        }
    }

    var description: String { text + (buttons.isEmpty ? "" : "\n[" + buttons.joined(separator: "] [") + "]") }

    func contains(_ text: String) -> Bool { self.text.contains(text) }

    private static func collect(_ value: JSONValue, into lines: inout [String]) {
        guard let object = value.object else { return }
        if object["type"]?.text == "button" { return }
        if let text = object["text"]?.text { lines.append(text) }
        for name in ["text", "label"] { if let inner = object[name] { collect(inner, into: &lines) } }
        for name in ["fields", "elements"] {
            for inner in object[name]?.elements ?? [] { collect(inner, into: &lines) }
        }
    }
}
