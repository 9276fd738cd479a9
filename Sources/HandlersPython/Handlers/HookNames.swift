package import ApprovalCore

/// Which hooks a source may have, from its text alone: on every replica the same, and before anything ran.
///
/// A name that stands somewhere other than in a comment counts, whether or not it is a decorated function. Asking a hook
/// that is not there costs a call and changes nothing; not asking one that is there would pass over it.
package enum HookNames {
    package static func mentioned(in source: String) -> [Hook] {
        var words: Set<Substring> = []
        for line in source.split(whereSeparator: \.isNewline) {
            let code = line.drop { $0 == " " || $0 == "\t" }
            if code.first == "#" { continue }
            words.formUnion(code.split { !($0.isLetter || $0.isNumber || $0 == "_") })
        }
        return Hook.allCases.filter { hook in
            words.contains(hook.rawValue[...]) || (older[hook].map { words.contains($0[...]) } ?? false)
        }.sorted()
    }

    /// Names of earlier versions (sym-sdk.md 6).
    private static let older: [Hook: String] = [
        .onRequestExpire: "on_expire", .afterRequestExpire: "after_expire",
    ]
}

extension Hook {
    /// The event around which it is asked.
    var step: String { String(rawValue.drop { $0 != "_" }.dropFirst()) }
}
