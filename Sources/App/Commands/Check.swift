import ApprovalCore
import FlowConfig
import Support

extension Command {
    static let check = Command(
        name: "check", operands: ["[DIR]"], summary: "Validate a configuration folder and print every problem.",
        details: "Without DIR, the folder that SYM_CONFIG names, else config/site. Exit code 1 when there are problems."
    ) { options in
        let path = options.operands.first ?? EnvironmentReader().path("SYM_CONFIG") ?? "config/site"
        let result = try ConfigFolder(path).load(zones: TimeZones())
        for warning in result.warnings { Terminal.complain("warning: \(warning)") }
        switch result.configuration {
        case .success(let configuration):
            let names = configuration.flows.map(\.name).joined(separator: ", ")
            Terminal.print("\(path) is valid: \(configuration.flows.count) flows (\(names)).")
            return 0
        case .failure(let error):
            for problem in error.problems { Terminal.complain("\(problem)") }
            let count = error.problems.count
            throw CommandError("\(path) has \(count) problem\(count == 1 ? "" : "s").")
        }
    }
}
