/// What `Package.swift` declares, read from its text: a test does not start SwiftPM inside SwiftPM.
struct Manifest {
    struct Target: Equatable {
        var name: String
        var line: Int
        var dependencies: Set<String>
        var isTest: Bool
    }

    var targets: [String: Target] = [:]

    /// Understands the shapes in which this package declares targets: SwiftPM's own with `name:` and
    /// `dependencies:`, and the manifest's functions `pureTarget`, `pointerTarget` and `tests`.
    init(_ text: String) {
        var line = 0
        var open: (text: String, line: Int)?
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            line += 1
            let code = part.prefix(upTo: part.firstRange(of: "//")?.lowerBound ?? part.endIndex)
            if open == nil, Self.openings.contains(where: { code.drop { $0 == " " }.hasPrefix($0 + "(") }) {
                open = ("", line)
            }
            guard var declaration = open else { continue }
            declaration.text += code
            open = declaration
            let parentheses = declaration.text.reduce(0) { $0 + ($1 == "(" ? 1 : $1 == ")" ? -1 : 0) }
            guard parentheses == 0 else { continue }
            open = nil
            add(declaration.text.drop { $0 == " " }, line: declaration.line)
        }
    }

    private static let openings = [
        ".systemLibrary", ".target", ".executableTarget", ".testTarget", "pureTarget", "pointerTarget", "tests",
    ]

    private mutating func add(_ declaration: Substring, line: Int) {
        // The functions of the manifest call `.target(name: name, …)`, which names no target.
        let arguments = declaration.drop { $0 != "(" }.dropFirst().drop { $0 == " " }
        guard arguments.hasPrefix("\"") || arguments.hasPrefix("name: \"") else { return }
        guard let name = Self.strings(in: declaration).first else { return }
        let isShort = !declaration.hasPrefix(".")
        let isTest = declaration.hasPrefix("tests") || declaration.hasPrefix(".testTarget")
        let list =
            isShort
            ? declaration
            : declaration.firstRange(of: "dependencies:").map { declaration[$0.upperBound...] } ?? ""
        let brackets = list.drop { $0 != "[" }
        var dependencies = Set(Self.strings(in: brackets.prefix { $0 != "]" }))
        if declaration.hasPrefix("tests") { dependencies.formUnion(["TestSupport", "Support"]) }
        targets[name] = Target(name: name, line: line, dependencies: dependencies, isTest: isTest)
    }

    private static func strings(in text: Substring) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
    }
}
