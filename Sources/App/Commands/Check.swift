import ApprovalCore
import FlowConfig
import FoundationEssentials
import HandlersPython
import Support

extension Command {
    static let check = Command(
        name: "check", operands: ["[DIR]"], summary: "Validate a configuration folder and print every problem.",
        details: """
            Without DIR, the folder that SYM_CONFIG names, else config/site. Python files are loaded, each in a sandbox
            of its own, by the interpreter that SYM_PYTHON names (default python3). Exit code 1 when there are problems.
            """
    ) { options in
        let path = options.operands.first ?? EnvironmentReader().path("SYM_CONFIG") ?? "config/site"
        let result = try ConfigFolder(path).load(zones: TimeZones())
        let python = await PythonFindings.of(result)
        for warning in result.warnings + python.warnings { Terminal.complain("warning: \(warning)") }
        let problems = result.problems + python.problems
        for problem in problems { Terminal.complain("\(problem)") }
        if let trouble = python.trouble { Terminal.complain(trouble) }
        guard problems.isEmpty, python.trouble == nil, case .success(let configuration) = result.configuration else {
            let count = problems.count
            throw CommandError(
                count == 0
                    ? "\(path) could not be checked whole." : "\(path) has \(count) problem\(count == 1 ? "" : "s").")
        }
        let names = configuration.flows.map(\.name).joined(separator: ", ")
        let files = Set(result.sources.map(\.file)).count
        let loaded =
            files == 0 ? "" : ", and \(files) Python file\(files == 1 ? "" : "s") that load\(files == 1 ? "s" : "")"
        Terminal.print("\(path) is valid: \(configuration.flows.count) flows (\(names))\(loaded).")
        return 0
    }
}

/// What is wrong in the Python files of a configuration.
private struct PythonFindings {
    var problems: [ConfigProblem] = []
    var warnings: [ConfigProblem] = []
    /// Why the files could not be looked at.
    var trouble: String?

    static func of(_ result: ConfigurationResult) async -> PythonFindings {
        guard !result.sources.isEmpty else { return PythonFindings() }
        let settings = (try? result.configuration.get())?.settings ?? Settings()
        let variables = ProcessInfo.processInfo.environment
        let start = PythonStart(
            interpreter: variables["SYM_PYTHON"], path: variables["PATH"], sandbox: { settings.python.sandbox },
            log: Log(threshold: .error)
        )
        do {
            try await start.check()
            let inspector = SourceInspector(
                command: try await start.command(), loadTime: .seconds(settings.handlers.timeoutSeconds)
            )
            let findings = try await inspector.inspect(result.sources)
            return PythonFindings(problems: findings.problems, warnings: findings.warnings)
        } catch let error as CommandError {
            return PythonFindings(trouble: error.message)
        } catch {
            return PythonFindings(
                trouble: "Flows in Python cannot be checked: \((error as? WorkerError)?.report ?? "\(error)")")
        }
    }
}
