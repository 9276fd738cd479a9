import Testing

/// A place where a rule of this suite is broken.
struct Violation: Equatable, CustomStringConvertible {
    var path: String
    var line: Int
    var says: String

    var description: String { "\(path):\(line): \(says)" }
}

/// Fails once for each violation, so that a run names all of them.
func expectNone(_ violations: [Violation], sourceLocation: SourceLocation = #_sourceLocation) {
    for violation in violations { Issue.record("\(violation)", sourceLocation: sourceLocation) }
}
