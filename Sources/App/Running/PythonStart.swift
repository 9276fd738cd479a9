import ApprovalCore
import FlowConfig
import HandlersPython
import Support

/// How Python workers are started: found out once, when it is first needed, and again after it failed.
actor PythonStart {
    private let interpreter: String?
    private let path: String?
    private let sandbox: @Sendable () -> Settings.PythonSettings.Sandbox
    private let log: Log
    private var found: [Sandbox.Kind: WorkerCommand] = [:]
    /// Where the sandbox cannot be had, go on without: for the demo.
    private var doesWithout = false

    /// - Parameters:
    ///   - interpreter: a path, or a name that `path` knows (`SYM_PYTHON`).
    ///   - path: `PATH`.
    init(
        interpreter: String?, path: String?, sandbox: @escaping @Sendable () -> Settings.PythonSettings.Sandbox,
        log: Log
    ) {
        self.interpreter = interpreter
        self.path = path
        self.sandbox = sandbox
        self.log = log
    }

    func command() async throws(WorkerError) -> WorkerCommand {
        let kind: Sandbox.Kind = doesWithout || sandbox() == .none ? .none : .bubblewrap
        if let command = found[kind] { return command }
        guard let folder = SharedFiles.python() else {
            throw .cannotStart("the SDK is not beside the program; name its folder's parent in SYM_SHARE")
        }
        let starter = Sandbox(
            python: interpreter.flatMap { $0.isEmpty ? nil : $0 } ?? Sandbox.pythonDefault, folder: folder,
            path: path ?? "/usr/bin:/bin"
        )
        let command = try await starter.command(kind, log: log)
        found[kind] = command
        return command
    }

    /// Finds out now whether the flows that are configured can run.
    ///
    /// - Parameter mayDoWithout: whether handlers may run without the sandbox where it cannot be had.
    /// - Throws: `CommandError` that says what is missing.
    func check(mayDoWithout: Bool) async throws {
        do throws(WorkerError) { _ = try await command() } catch {
            guard sandbox() != .none else { throw CommandError("Flows in Python cannot run. \(error.report).") }
            doesWithout = true
            guard mayDoWithout, (try? await command()) != nil else {
                doesWithout = false
                throw CommandError(
                    "Flows in Python cannot run in their sandbox. \(error.report).\n"
                        + "Where this platform allows no namespaces, settings.python.sandbox \"none\" runs them without."
                )
            }
            log.warning("handlers in Python run without a sandbox", ["error": error.report])
        }
    }
}

extension Configuration {
    var usesPython: Bool { flows.contains { $0.implementation != nil } }
}
