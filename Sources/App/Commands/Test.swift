import FoundationEssentials
import Glibc
import HandlersPython
import Support

extension Command {
    static let test = Command(
        name: "test", operands: ["[DIR]"], summary: "Run the tests that stand beside a configuration's Python files.",
        options: [
            Option(
                "--workspace", "FILE", "who is in Slack (default DIR-workspace.json, else made of the configuration)"),
            Option("--only", "EXPRESSION", "only tests whose names match, as pytest's -k"),
            Option("--verbose", nil, "name every test"),
        ],
        details: """
            Tests are plain pytest files (test_*.py) in DIR (SYM_CONFIG, default config/site). Their fixtures make
            requests in an emulated Slack, and the server runs the real handlers in their sandbox; nothing leaves this
            machine. Needs pytest for the interpreter that SYM_PYTHON names (default python3); PYTEST_ADDOPTS holds more
            options for it. Exit code 1 when a test failed or there was none.
            """
    ) { options in
        let config = options.operands.first ?? EnvironmentReader().path("SYM_CONFIG") ?? "config/site"
        return try TestRun(options, config: config).run()
    }

    /// Not for people: `symflow test` starts one for each test.
    static let testSite = Command(
        name: "test-site", summary: "One installation for one test, asked on standard input.",
        options: [
            Option("--config", "DIR", "the configuration folder"), Option("--workspace", "FILE", "who is in Slack"),
            Option("--folder", "DIR", "for the database"),
        ]
    ) { options in
        guard let config = options["--config"], let folder = options["--folder"] else {
            throw UsageError("it is started by symflow test.")
        }
        try await TestSite(config: config, workspace: options["--workspace"], folder: folder).run()
        return 0
    }
}

/// Starts pytest with the plugin that comes with the SDK.
private struct TestRun {
    let options: Arguments
    let config: String

    init(_ options: Arguments, config: String) {
        self.options = options
        self.config = config
    }

    /// pytest's own exit codes (docs.pytest.org, "Exit codes").
    private enum Pytest {
        static let passed: Int32 = 0
        static let wrongUsage: Int32 = 4
        static let noTests: Int32 = 5
    }

    func run() throws -> Int32 {
        let manager = FileManager.default
        var isFolder = false
        guard manager.fileExists(atPath: config, isDirectory: &isFolder), isFolder else {
            throw UsageError("there is no configuration folder \(config).")
        }
        guard let kit = SharedFiles.python() else {
            throw CommandError("The test kit is not beside the program; name its folder's parent in SYM_SHARE.")
        }
        var environment = ProcessInfo.processInfo.environment
        let python = environment["SYM_PYTHON"].flatMap { $0.isEmpty ? nil : $0 } ?? Sandbox.pythonDefault
        guard let interpreter = Programs.find(python, path: environment["PATH"]) else {
            throw CommandError("There is no \(python). Install python3, or name an interpreter in SYM_PYTHON.")
        }
        guard try Programs.run([interpreter, "-c", "import pytest"], environment, isSilent: true) == 0 else {
            throw CommandError(
                """
                \(interpreter) has no pytest, which runs the tests. Install it: apt-get install python3-pytest, or
                \(interpreter) -m pip install pytest. Another interpreter can be named in SYM_PYTHON.
                """
            )
        }
        let executable = try manager.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        environment["SYMFLOW_TEST_PROGRAM"] = executable
        environment["SYMFLOW_TEST_CONFIG"] = config
        environment["SYMFLOW_TEST_WORKSPACE"] = try workspace()
        environment["PYTHONPATH"] = kit + (environment["PYTHONPATH"].map { ":" + $0 } ?? "")
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        var words = [
            interpreter, "-m", "pytest", "-p", "symflow_testing.plugin", "-p", "no:cacheprovider",
            options.has("--verbose") ? "-v" : "-q", config,
        ]
        if let expression = options["--only"] { words += ["-k", expression] }
        let status = try Programs.run(words, environment)
        switch status {
        case Pytest.passed: return 0
        case Pytest.noTests:
            throw CommandError("There are no tests below \(config), or none that match: write some in test_*.py.")
        case Pytest.wrongUsage: return ExitCode.usage
        default: return ExitCode.failure
        }
    }

    private func workspace() throws -> String? {
        if let path = options["--workspace"] { return path }
        var folder = config
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let beside = folder + "-workspace.json"
        return FileManager.default.fileExists(atPath: beside) ? beside : nil
    }
}

/// Other programs, run to their end.
private enum Programs {
    static func find(_ name: String, path: String?) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        return (path ?? "/usr/bin:/bin").split(separator: ":").map { $0 + "/" + name }.first { access($0, X_OK) == 0 }
    }

    /// - Returns: its exit status; 128 and the number for a signal.
    static func run(_ words: [String], _ environment: [String: String], isSilent: Bool = false) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if isSilent {
            for descriptor: Int32 in [1, 2] {
                posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
            }
        }
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, words[0], &actions, nil, &arguments, &variables)
        guard failure == 0 else {
            throw CommandError("\(words[0]) cannot be started: \(String(cString: strerror(failure)))")
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
