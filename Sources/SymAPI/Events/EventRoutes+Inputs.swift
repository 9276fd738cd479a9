import ApprovalCore
import ApprovalEngine
import FlowConfig
import Support

/// The values of a request's fields, checked by the very rules of the form (`Flow.check`).
extension EventRoutes {
    private static let targetSRN = "target_srn"

    /// Access flows take the target and the duration among `flow_inputs` (sym-api.md 10.1), or beside them.
    func values(_ body: JSONObject, of flow: Flow) throws(APIError) -> (target: String?, fields: [String: FieldValue]) {
        guard let value = body["flow_inputs"], let given = value.object else {
            throw .invalid(
                "flow_inputs", "This must be an object with a value for each of the flow's fields, or {}.",
                code: Self.invalid
            )
        }
        var problems: [APIError.Detail] = []
        var inputs: [String: FieldInput] = [:]
        for (name, value) in given where name != Self.targetSRN && name != PromptField.targetName {
            do throws(FieldProblem) {
                inputs[name] = try FieldInput(value, for: flow.field(named: name), of: flow)
            } catch {
                problems.append(APIError.Detail(field: "flow_inputs.\(name)", message: error.sentence))
            }
        }
        if let seconds = body[PromptField.durationName], !seconds.isNull, inputs[PromptField.durationName] == nil {
            do throws(FieldProblem) {
                inputs[PromptField.durationName] = try FieldInput(seconds, for: nil, of: flow)
            } catch { problems.append(APIError.Detail(field: PromptField.durationName, message: error.sentence)) }
        }
        let target = try target(given, body, of: flow)
        switch flow.check(target: target, fields: inputs) {
        case .values(let target, var fields):
            if let problem = durationProblem(fields, of: flow) { problems.append(problem) }
            guard problems.isEmpty else { throw refusal(problems) }
            if flow.strategy == nil { fields[PromptField.durationName] = nil }
            return (target, fields)
        case .problems(let found):
            let known = Set(problems.map(\.field))
            for (name, problem) in found.sorted(by: { $0.key < $1.key }) {
                let isTarget = name == PromptField.targetName
                let field = "flow_inputs.\(isTarget ? Self.targetSRN : name)"
                guard !known.contains(field) else { continue }
                problems.append(
                    APIError.Detail(field: field, message: isTarget ? whichTarget(of: flow) : problem.sentence)
                )
            }
            throw refusal(problems)
        }
    }

    private func refusal(_ problems: [APIError.Detail]) -> APIError {
        APIError(
            status: 400, code: Self.invalid,
            message: problems.map { "\($0.field): \($0.message)" }.joined(separator: " "), details: problems
        )
    }

    // MARK: Targets

    private func target(_ given: JSONObject, _ body: JSONObject, of flow: Flow) throws(APIError) -> String? {
        let places = [
            ("flow_inputs." + Self.targetSRN, given[Self.targetSRN]), (Self.targetSRN, body[Self.targetSRN]),
            ("flow_inputs." + PromptField.targetName, given[PromptField.targetName]),
        ]
        var found: String?
        for (place, value) in places {
            guard let value, !value.isNull else { continue }
            guard let strategy = flow.strategy else {
                throw refusal([
                    APIError.Detail(field: place, message: "This flow gives no access, so it has no target.")
                ])
            }
            guard let text = value.text, let name = name(ofTarget: text, of: strategy) else {
                throw refusal([APIError.Detail(field: place, message: whichTarget(of: flow))])
            }
            guard found == nil || found == name else {
                throw refusal([APIError.Detail(field: place, message: "This is another target than named before.")])
            }
            found = name
        }
        return found
    }

    /// The target that an SRN or a bare slug means.
    private func name(ofTarget text: String, of strategy: Strategy) -> String? {
        func named(_ slug: String) -> Target? {
            strategy.targets.first { $0.name.lowercased() == slug.lowercased() }
        }
        guard text.contains(":") else { return named(text)?.name }
        guard let srn = SRN(text, typed: true), srn.model == "access_target",
            srn.organization.lowercased() == organization.lowercased(), let target = named(srn.slug),
            srn.type.map({ $0.lowercased() == target.type.lowercased() }) ?? true
        else { return nil }
        return target.name
    }

    private static let targetsShown = 10

    private func whichTarget(of flow: Flow) -> String {
        guard let strategy = flow.strategy else { return "This flow gives no access, so it has no target." }
        let names = strategy.targets.prefix(Self.targetsShown).map {
            "\(SRN(organization, "access_target", type: $0.type, $0.name))"
        }
        let more = strategy.targets.count > names.count ? " and \(strategy.targets.count - names.count) more" : ""
        return "This must be the SRN of one of the flow's targets: \(names.joined(separator: ", "))\(more)."
    }

    // MARK: Duration

    /// The form offers a list where the flow names no durations; the API gives no more than its longest.
    private func durationProblem(_ fields: [String: FieldValue], of flow: Flow) -> APIError.Detail? {
        guard case .duration(let seconds)? = fields[PromptField.durationName],
            let field = flow.field(named: PromptField.durationName), field.allowedValues.isEmpty,
            let longest = engine.configuration().settings.durationChoicesSeconds.max(), seconds > longest
        else { return nil }
        return APIError.Detail(
            field: "flow_inputs.\(PromptField.durationName)", message: "This is at most \(longest) seconds."
        )
    }
}

extension FieldInput {
    /// - Parameter field: what it is for; where there is no such field, the check says so.
    fileprivate init(_ value: JSONValue, for field: PromptField?, of flow: Flow) throws(FieldProblem) {
        switch field?.kind {
        case .slackUser?, .slackUserList?:
            var accounts: [Account] = []
            for element in value.elements ?? (value.isNull ? [] : [value]) {
                guard let account = element.text.flatMap({ Account($0, workspace: flow.environment.workspace) }) else {
                    throw FieldProblem("People are named by their Slack user ids, such as \"U012ABCDEF\".")
                }
                accounts.append(account)
            }
            guard field?.kind == .slackUserList || accounts.count <= 1 else {
                throw FieldProblem("This must be one person.")
            }
            self = .users(accounts)
        default: try self.init(plain: value)
        }
    }

    private init(plain value: JSONValue) throws(FieldProblem) {
        switch value {
        case .null: self = .none
        case .string(let text): self = .text(text)
        case .int(let number): self = .number(number)
        case .bool(let flag): self = .flag(flag)
        case .array(let elements):
            let numbers = elements.compactMap(\.integer)
            let texts = elements.compactMap(\.text)
            if elements.isEmpty {
                self = .none
            } else if numbers.count == elements.count {
                self = .numbers(numbers)
            } else if texts.count == elements.count {
                self = .texts(texts)
            } else {
                throw FieldProblem("A list holds texts only, or whole numbers only.")
            }
        case .double, .object: throw FieldProblem("This is \(value.kind), which the field does not take.")
        }
    }
}

extension Account {
    /// `U…`, or `T…/U…` for somebody of another workspace.
    fileprivate init?(_ text: String, workspace: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let user = parts.last, user.hasPrefix("U") || user.hasPrefix("W"), parts.count <= 2,
            parts.allSatisfy({ part in
                part.utf8.count > 2 && part.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
            })
        else { return nil }
        self.init(workspace: parts.count == 2 ? parts[0] : workspace, user: user)
    }
}
