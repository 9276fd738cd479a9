import FlowConfig
import Support

/// Slugs of resources that have no name of their own: plain words, because clients do not encode what they look up
/// (sym-api.md 14.2).
enum EntitySlug {
    static let lengthMax = 100
    /// So many resources may share what their slug is made from.
    static let namesakesMax = 1000

    /// Letters, digits, dashes and underscores in lower case; everything else becomes a dash between words.
    static func made(from text: String) -> String {
        var slug = ""
        for scalar in text.lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z", "0"..."9", "_": slug.unicodeScalars.append(scalar)
            default: if !slug.isEmpty, !slug.hasSuffix("-") { slug += "-" }
            }
        }
        slug = String(slug.prefix(lengthMax))
        while slug.hasSuffix("-") { slug.removeLast() }
        return slug
    }

    /// What the slug of a resource is made from: the channel, the path, the stream.
    static func source(_ kind: EntityKind, _ body: JSONObject) -> String {
        switch kind {
        case .errorLoggers: body["destination"]?.text ?? ""
        case .secrets: body["path"]?.text ?? ""
        case .logDestinations:
            body["settings"]?["stream_name"]?.text ?? body["settings"]?["url"]?.text ?? body["type"]?.text ?? ""
        default: ""
        }
    }

    /// Slugs to try, the plainest first: several resources may be made from the same text.
    static func candidates(_ kind: EntityKind, _ body: JSONObject) -> [String] {
        let made = made(from: source(kind, body))
        let first = made.isEmpty ? kind.model : made
        var candidates = [first]
        if kind == .secrets, let key = body["settings"]?["json_key"]?.text {
            let keyed = self.made(from: first + "-" + key)
            if keyed != first { candidates.append(keyed) }
        }
        return candidates + (2...namesakesMax).map { "\(first)-\($0)" }
    }
}
