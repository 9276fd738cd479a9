package import ApprovalCore
package import ApprovalEngine
import FlowConfig
import HTTPModel
import Support

/// `GET check`, an addition of ours: everything that keeps what came through the API from running, in the words of
/// `symflow check`. Saving looks at the shape alone, so this is where an administrator sees the rest.
package struct CheckRoute: Sendable {
    let engine: ApprovalEngine
    let implementationProblem: @Sendable (Flow) async -> String?

    /// - Parameter implementationProblem: why a flow's Python cannot be loaded, tried where it would run.
    package init(
        engine: ApprovalEngine, implementationProblem: @escaping @Sendable (Flow) async -> String?
    ) {
        self.engine = engine
        self.implementationProblem = implementationProblem
    }

    package var routes: [APIRoute] {
        [APIRoute("GET", "check", .atLeast(.admin)) { _ in APIResponse.json(try await report()) }]
    }

    private func report() async throws -> JSONValue {
        let configuration = engine.configuration()
        var problems = configuration.entityProblems.filter { !$0.isWarning }.map(\.json)
        for flow in configuration.flows where flow.implementation != nil {
            guard let problem = await implementationProblem(flow) else { continue }
            let title = Entity(kind: .flows, id: "", slug: flow.name, body: [:]).title
            problems.append([
                "resource": .string(EntityKind.flows.resource), "slug": .string(flow.name), "path": "implementation",
                "message": .string("\(title): implementation: \(problem)"),
            ])
        }
        return [
            "flows": .array(configuration.flows.map { .string($0.name) }),
            "broken_flows": .array(configuration.brokenFlows.map { .string($0.name) }),
            "problems": .array(problems),
            "warnings": .array(configuration.entityProblems.filter(\.isWarning).map(\.json)),
        ]
    }
}

extension EntityProblem {
    fileprivate var json: JSONValue {
        [
            "resource": .string(kind.resource), "id": .string(id), "slug": .string(slug),
            "path": .string(problem.path), "found": .string(problem.found), "expected": .string(problem.expected),
            "hint": problem.hint.map(JSONValue.string) ?? .null, "message": .string(problem.description),
        ]
    }
}
