import Testing

@Suite struct `Promises` {
    private let sources: [SourceText]

    init() throws { sources = try Repository.swiftFiles(below: "Sources") }

    @Test func `there are sources to look at`() {
        #expect(sources.count > 10)
        #expect(sources.contains { $0.target == "Support" && !$0.tokens.isEmpty })
    }

    @Test func `no Foundation, nothing public, no stop where an error would do`() {
        expectNone(PromiseRules.breaches(of: PromiseRules.everywhere, in: sources))
    }

    @Test func `core and engine start no tasks and read neither clock nor chance`() {
        let replayed = sources.filter { PromiseRules.deterministicTargets.contains($0.target) }
        #expect(Set(replayed.map(\.target)) == PromiseRules.deterministicTargets)
        expectNone(PromiseRules.breaches(of: PromiseRules.deterministic, in: replayed))
    }

    @Test(arguments: ["Sources", "Tests"])
    func `a promise to the compiler says why it holds`(folder: String) throws {
        expectNone(PromiseRules.unexplainedPromises(in: try Repository.swiftFiles(below: folder)))
    }

    @Test func `files are short`() {
        expectNone(PromiseRules.longFiles(in: sources))
        // A file that was divided leaves the list.
        for path in PromiseRules.longFiles.keys {
            let lines = sources.first { $0.path == path }?.lineCount ?? 0
            #expect(lines > PromiseRules.linesMax, "\(path) is not long")
        }
    }

    @Test func `no Swift packages`() throws {
        let manifest = SourceText(path: "Package.swift", text: try Repository.text(of: "Package.swift"))
        expectNone(PromiseRules.packageDependencies(in: manifest))
    }

    @Test func `the top level is what the interface says`() throws {
        let found = Set(try Repository.topLevel())
        #expect(found.subtracting(PromiseRules.topLevelAllowed).sorted() == [])
        #expect(PromiseRules.topLevelRequired.subtracting(found).sorted() == [])
    }

    @Test(arguments: ["Sources", "Tests", "Fixtures", "config", "README.md", "Package.swift", ".ci/run"])
    func `no paths of somebody's machine and no package hosts`(place: String) throws {
        let files = try Repository.files(below: place)
        for path in files.isEmpty && place.contains(".") ? [place] : files {
            expectNone(PromiseRules.foreignNames(in: try Repository.text(of: path), path: path))
        }
    }
}

@Suite struct `The promise rules find what is planted` {
    @Test(arguments: [
        ("import Foundation", true), ("@preconcurrency import Foundation", true),
        ("package import FoundationNetworking", true), ("import FoundationEssentials", false),
        ("// import Foundation", false),
        ("public struct Open {}", true), ("package struct Closed {}", false), ("let kind = Kind.public", false),
        ("let word = \"public\"", false),
        ("let value = try! parse()", true), ("let value = try !isEmpty()", false), ("let value = try? parse()", false),
        ("default: fatalError(\"no\")", true), ("let text = \"\\(fatalError(\"no\"))\"", true),
        ("let text = #\"\\(fatalError())\"#", false), ("/* a /* nested */ fatalError() */", false),
        ("let text = \"\"\"\n  try! \"quoted\"\n  \"\"\"", false),
    ])
    func `what no source may say`(text: String, isFound: Bool) {
        let source = SourceText(path: "Sources/App/Main.swift", text: text)
        #expect(!PromiseRules.breaches(of: PromiseRules.everywhere, in: [source]).isEmpty == isFound)
    }

    @Test(arguments: [
        ("Task { await run() }", true), ("Task(priority: .high) { }", true), ("Task.detached { }", true),
        ("var running: Task<Void, Never>?", true), ("try await Task\n    .sleep(for: .seconds(1))", true),
        ("try Task.checkCancellation()", false), ("struct SymTask {}", false),
        ("init(clock: WallClock = .system) {}", false), ("init(clock: WallClock = WallClock.system) {}", true),
        ("let now = clock.now()", false), ("let start = MonotonicInstant.now()", true),
        ("let clock = ContinuousClock()", true), ("nonisolated var unownedExecutor: X { y }", true),
        ("let delay = delays.randomElement()", true), ("delays.randomElement(using: &generator)", false),
    ])
    func `what core and engine may not say`(text: String, isFound: Bool) {
        let source = SourceText(path: "Sources/ApprovalEngine/File.swift", text: text)
        #expect(!PromiseRules.breaches(of: PromiseRules.deterministic, in: [source]).isEmpty == isFound)
    }

    @Test func `a breach names its file and line`() {
        let text = "/* one\ntwo */\nlet three = \"\"\"\n    four\n    \"\"\"\nlet six = try! seven()\n"
        let source = SourceText(path: "Sources/App/Main.swift", text: text)
        let found = PromiseRules.breaches(of: PromiseRules.everywhere, in: [source])
        #expect(found.map { $0.description.prefix(29) } == ["Sources/App/Main.swift:6: `tr"])
        #expect(source.lineCount == 6)
    }

    @Test(arguments: [
        ("struct A: @unchecked Sendable {\n}", true),
        ("struct A: @unchecked Sendable {\n    // Invariant: one thread.\n}", false),
        ("// Invariant: one thread,\n// and only one.\nstruct A: @unchecked Sendable {}", false),
        ("// Invariant: of something else.\nlet b = 1\n\nstruct A: @unchecked Sendable {}", true),
        ("struct A: @unchecked Sendable {\n\n\n\n    // Invariant: too far away.\n}", true),
        ("nonisolated(unsafe) let a = 1", true),
        ("let invariant = \"Invariant:\"; nonisolated(unsafe) let a = 1", true),
        ("nonisolated let a = 1", false),
    ])
    func `a promise without a reason`(text: String, isFound: Bool) {
        let source = SourceText(path: "Sources/App/Main.swift", text: text)
        #expect(!PromiseRules.unexplainedPromises(in: [source]).isEmpty == isFound)
    }

    @Test(arguments: [(400, false), (401, true)]) func `a long file`(lines: Int, isFound: Bool) {
        let source = SourceText(path: "Sources/App/Main.swift", text: String(repeating: "// line\n", count: lines))
        #expect(source.lineCount == lines)
        #expect(!PromiseRules.longFiles(in: [source]).isEmpty == isFound)
    }

    @Test func `a package dependency`() {
        let text =
            "let package = Package(\n    dependencies: [\n        .package (url: \"x\", from: \"1.0.0\")\n    ])\n"
        let found = PromiseRules.packageDependencies(in: SourceText(path: "Package.swift", text: text))
        #expect(found.map(\.line) == [3])
    }

    @Test(arguments: PromiseRules.foreignNames) func `a foreign name`(name: String) {
        let found = PromiseRules.foreignNames(in: "first\nsee \(name)x\n", path: "README.md")
        #expect(found.map(\.line) == [2])
        #expect(PromiseRules.foreignNames(in: "first\nsee elsewhere\n", path: "README.md") == [])
    }
}
