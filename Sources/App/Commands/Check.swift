import ApprovalCore
import FlowConfig
import FoundationEssentials
import HandlersPython
import Support
import SymAPI

extension Command {
    static let check = Command(
        name: "check", operands: ["[DIR]"], summary: "Validate a configuration folder and print every problem.",
        options: [
            Option("--remote", nil, "instead, what came through the API of the server at SYM_API_URL, with SYM_JWT")
        ],
        details: """
            Without DIR, the folder that SYM_CONFIG names, else config/site. Python files are loaded, each in a sandbox
            of its own, by the interpreter that SYM_PYTHON names (default python3). Exit code 1 when there are problems.
            Terraform saves whatever has the right shape; --remote says what of it cannot run, and why.
            """
    ) { options in
        if options.has("--remote") { return try await CheckRemote().run() }
        let path = options.operands.first ?? EnvironmentReader().path("SYM_CONFIG") ?? "config/site"
        let result = try ConfigFolder(path).load(zones: TimeZones())
        let python = await findings(result)
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
        let count = configuration.flows.count
        Terminal.print("\(path) is valid: \(count) flow\(count == 1 ? "" : "s") (\(names))\(loaded).")
        return 0
    }
}

/// What is wrong in the Python files of a configuration folder.
private func findings(_ result: ConfigurationResult) async -> CheckRoute.Findings {
    let settings = (try? result.configuration.get())?.settings ?? Settings()
    let variables = ProcessInfo.processInfo.environment
    let start = PythonStart(
        interpreter: variables["SYM_PYTHON"], path: variables["PATH"], sandbox: { settings.python.sandbox },
        log: Log(threshold: .error)
    )
    return await start.findings(result.sources, loadTime: .seconds(settings.handlers.timeoutSeconds))
}

extension PythonStart {
    /// What is wrong in Python source, found by loading it where it would run.
    func findings(_ sources: [PythonSource], loadTime: Duration) async -> CheckRoute.Findings {
        guard !sources.isEmpty else { return CheckRoute.Findings() }
        do {
            try await check()
            let inspector = SourceInspector(command: try await command(), loadTime: loadTime)
            let findings = try await inspector.inspect(sources)
            return CheckRoute.Findings(problems: findings.problems, warnings: findings.warnings)
        } catch let error as CommandError {
            return CheckRoute.Findings(trouble: error.message)
        } catch {
            return CheckRoute.Findings(
                trouble: "Flows in Python cannot be checked: \((error as? WorkerError)?.report ?? "\(error)")")
        }
    }
}
