import ApprovalCore
import FlowConfig
import HandlersPython
import Support

/// How Python workers are started: found out once, when it is first needed, and again after it failed.
actor PythonStart {
    private let interpreter: String?
    private let path: String?
    private let sandbox: @Sendable () -> Settings.PythonSettings.Sandbox
    private let mayDoWithout: Bool
    private let log: Log
    private var found: [Sandbox.Kind: WorkerCommand] = [:]
    /// The sandbox was asked for and cannot be had.
    private var doesWithout = false

    /// - Parameters:
    ///   - interpreter: a path, or a name that `path` knows (`SYM_PYTHON`).
    ///   - path: `PATH`.
    ///   - mayDoWithout: whether handlers may run without the sandbox where it cannot be had: in demonstrations and
    ///     tests, on the author's own machine.
    init(
        interpreter: String?, path: String?, sandbox: @escaping @Sendable () -> Settings.PythonSettings.Sandbox,
        mayDoWithout: Bool = false, log: Log
    ) {
        self.interpreter = interpreter
        self.path = path
        self.sandbox = sandbox
        self.mayDoWithout = mayDoWithout
        self.log = log
    }

    func command() async throws(WorkerError) -> WorkerCommand {
        let kind: Sandbox.Kind = doesWithout || sandbox() == .none ? .none : .bubblewrap
        do throws(WorkerError) { return try await command(kind) } catch {
            guard kind == .bubblewrap, mayDoWithout else { throw error }
            let command = try await command(.none)
            if !doesWithout { log.warning("handlers in Python run without a sandbox", ["error": error.report]) }
            doesWithout = true
            return command
        }
    }

    private func command(_ kind: Sandbox.Kind) async throws(WorkerError) -> WorkerCommand {
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
    /// - Throws: `CommandError` that says what is missing.
    func check() async throws {
        do throws(WorkerError) { _ = try await command() } catch {
            // The sandbox is to blame only where all is well without it.
            guard sandbox() != .none, !mayDoWithout, (try? await command(.none)) != nil else {
                throw CommandError("Flows in Python cannot run. \(error.report).")
            }
            throw CommandError(
                "Flows in Python cannot run in their sandbox. \(error.report).\n"
                    + "Where this platform allows no namespaces, settings.python.sandbox \"none\" runs them without."
            )
        }
    }
}

extension Configuration {
    var usesPython: Bool {
        flowsFilter != nil
            || flows.contains { $0.implementation != nil || $0.fields.contains { $0.onChange != nil } }
    }
}
