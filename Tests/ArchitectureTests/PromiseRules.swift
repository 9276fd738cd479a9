/// The rules about what the code must not say, each a function from what is written to what is wrong with it.
enum PromiseRules {
    /// Constructs with a ban on them, and what to do instead.
    struct Ban {
        var patterns: [String]
        var says: String
    }

    /// Every target: the program neither carries all of Foundation nor stops where it could throw.
    static let everywhere: [Ban] = [
        Ban(
            patterns: ["import Foundation", "import FoundationNetworking", "import FoundationXML"],
            says: "costs 40 MB; FoundationEssentials has what servers need"),
        Ban(patterns: ["public", "open class", "open func", "open var"], says: "`package` is our access level"),
        Ban(
            patterns: ["try!", "fatalError("],
            says: "throw, or say with preconditionFailure which of our own promises broke"),
    ]

    /// The targets that a simulator replays from a seed: waiting is a port, and so are time and chance.
    static let deterministicTargets: Set = ["ApprovalCore", "ApprovalEngine"]
    static let deterministic: [Ban] = [
        Ban(
            patterns: [
                "Task {", "Task(", "Task<", "Task.init", "Task.detached", "Task.immediate", "Task.immediateDetached",
            ],
            says: "an unstructured task outlives its function; use a task group"),
        Ban(patterns: ["Task.sleep"], says: "waiting is a port"),
        Ban(
            patterns: [
                "WallClock.system", "MonotonicInstant.now", "ContinuousClock", "SuspendingClock", "Date(", "Date.now",
                "clock_gettime", "gettimeofday", "cposix_wall_milliseconds", "cposix_monotonic_nanoseconds",
            ],
            says: "the time comes in through the initialiser"),
        Ban(
            patterns: [
                "unownedExecutor", "SerialExecutor", "TaskExecutor", "SerialQueueExecutor", "DispatchQueue", "Thread",
            ],
            says: "a custom executor has an order of its own"),
        Ban(
            patterns: [
                "SystemRandomNumberGenerator", "randomElement()", "shuffled()", "IDGenerator.random",
                "IDGenerator.ordered",
            ],
            says: "chance comes in through the initialiser"),
    ]

    static func breaches(of bans: [Ban], in sources: [SourceText]) -> [Violation] {
        sources.flatMap { source in
            bans.flatMap { ban in
                ban.patterns.flatMap { pattern in
                    source.lines(with: pattern).map {
                        Violation(path: source.path, line: $0, says: "`\(pattern)`: \(ban.says)")
                    }
                }
            }
        }.sorted { ($0.path, $0.line) < ($1.path, $1.line) }
    }

    /// Promises to the compiler that do not say why they hold: `Invariant:` in a comment within the next three lines,
    /// or in the comment that ends right above.
    static func unexplainedPromises(in sources: [SourceText]) -> [Violation] {
        sources.flatMap { source in
            ["@unchecked", "nonisolated(unsafe)"].flatMap { pattern in
                source.lines(with: pattern).filter { !isExplained($0, in: source) }.map {
                    Violation(path: source.path, line: $0, says: "`\(pattern)` without a comment `Invariant: …`")
                }
            }
        }
    }

    private static func isExplained(_ line: Int, in source: SourceText) -> Bool {
        var first = line
        while source.comments[first - 1] != nil { first -= 1 }
        return (first...(line + 3)).contains { source.comments[$0]?.contains("Invariant:") == true }
    }

    static let linesMax = 400
    /// Longer files, each with the reason why it is one thing.
    static let longFiles: [String: String] = [:]

    static func longFiles(in sources: [SourceText]) -> [Violation] {
        sources.filter { $0.lineCount > linesMax && longFiles[$0.path] == nil }.map {
            Violation(
                path: $0.path, line: linesMax + 1, says: "\($0.lineCount) lines; more than \(linesMax) hide two things")
        }
    }

    static func packageDependencies(in manifest: SourceText) -> [Violation] {
        manifest.lines(with: ".package(").map {
            Violation(path: manifest.path, line: $0, says: "symflow depends on no Swift package")
        }
    }

    /// Names that only the machine it was written on knows, and hosts that only package managers should.
    /// In pieces, so that this file does not name them itself.
    static let foreignNames = [
        "/wo" + "rk/", "/ro" + "ot/", "/opt/sw" + "ift", "pypi" + ".org", "python" + "hosted.org",
        "npm" + "js.org", "crates" + ".io", "proxy.golang" + ".org", "rubygems" + ".org",
    ]

    static func foreignNames(in text: String, path: String) -> [Violation] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().flatMap { index, line in
            foreignNames.filter { line.utf8.firstRange(of: $0.utf8) != nil }.map {
                Violation(path: path, line: index + 1, says: "names \($0)")
            }
        }
    }

    static let topLevelRequired: Set = ["Package.swift", "README.md", "Sources", "Tests", "config"]
    static let topLevelAllowed = topLevelRequired.union(["Fixtures"])
}
