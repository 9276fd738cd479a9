import ApprovalCore
package import ApprovalEngine
package import FlowConfig
import HTTPModel
import Support

/// `GET check`, an addition of ours: everything that keeps what came through the API from running, in the words of
/// `symflow check`. Saving looks at the shape alone, so this is where an administrator sees the rest.
package struct CheckRoute: Sendable {
    /// What is wrong in Python source.
    package struct Findings: Sendable {
        package var problems: [ConfigProblem]
        package var warnings: [ConfigProblem]
        /// Why it could not be looked at.
        package var trouble: String?

        package init(problems: [ConfigProblem] = [], warnings: [ConfigProblem] = [], trouble: String? = nil) {
            self.problems = problems
            self.warnings = warnings
            self.trouble = trouble
        }
    }

    let engine: ApprovalEngine
    let inspect: @Sendable ([PythonSource]) async -> Findings

    /// - Parameter inspect: loads source where it would run.
    package init(engine: ApprovalEngine, inspect: @escaping @Sendable ([PythonSource]) async -> Findings) {
        self.engine = engine
        self.inspect = inspect
    }

    package var routes: [APIRoute] {
        [APIRoute("GET", "check", .atLeast(.admin)) { _ in APIResponse.json(await report()) }]
    }

    private func report() async -> JSONValue {
        let configuration = engine.configuration()
        let python = await inspect(configuration.entitySources)
        let trouble = python.trouble.map { [["message": .string($0)]] as [JSONValue] } ?? []
        let entries = configuration.entityProblems
        return [
            "flows": .array(configuration.flows.map { .string($0.name) }),
            "broken_flows": .array(configuration.brokenFlows.map { .string($0.name) }),
            "problems": .array(
                entries.filter { !$0.isWarning }.map(\.json) + python.problems.map(\.json).map(JSONValue.object)
                    + trouble
            ),
            "warnings": .array(
                entries.filter(\.isWarning).map(\.json) + python.warnings.map(\.json).map(JSONValue.object)),
        ]
    }
}

extension ConfigProblem {
    fileprivate var json: JSONObject {
        [
            "place": .string(file), "path": .string(path), "found": .string(found), "expected": .string(expected),
            "hint": hint.map(JSONValue.string) ?? .null, "message": .string(description),
        ]
    }
}

extension EntityProblem {
    fileprivate var json: JSONValue {
        var json = problem.json
        json["resource"] = .string(kind.resource)
        json["id"] = .string(id)
        json["slug"] = .string(slug)
        return .object(json)
    }
}
