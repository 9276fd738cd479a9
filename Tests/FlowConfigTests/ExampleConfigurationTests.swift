import ApprovalCore
import FlowConfig
import FoundationEssentials
import Testing

@Suite struct `Example configurations` {
    private func loadDemo() throws -> ConfigurationResult {
        let folder = Fixtures.root.appending(path: "config/demo")
        let files = try Fixtures.names(folder).map { name in
            ConfigFile(
                path: "config/demo/\(name).json", bytes: try Fixtures.bytes(folder.appending(path: "\(name).json")))
        }
        return Fixtures.loader().load(files)
    }

    @Test func `the sample organisation has neither problems nor warnings`() throws {
        let result = try loadDemo()
        #expect(result.problems.map(\.description) == [])
        #expect(result.warnings.map(\.description) == [])
    }

    @Test func `the sample organisation shows every flow that rules alone can decide`() throws {
        let demo = try loadDemo().configuration.get()
        #expect(
            demo.flows.map(\.name) == [
                "approval_only", "prod_db", "oncall", "break_glass", "customer_data", "two_people", "every_field",
            ])
        #expect(demo.flow(named: "approval_only")?.isApprovalOnly == true)
        #expect(demo.flow(named: "PROD_DB")?.strategy?.targets.map(\.name) == ["orders-db", "billing-db"])
        #expect(demo.flow(named: "two_people")?.quorum == 2)
        #expect(Set(demo.flow(named: "every_field")?.fields.map(\.kind) ?? []) == Set(PromptField.Kind.allCases))
        #expect(demo.workspaces == ["T0ACME": true, "T0CUST": false])
        #expect(demo.errorChannels == [ErrorChannel(workspace: "T0ACME", channel: "#sym-errors")])
    }

    @Test func `only Globex's own people may consent to the use of Globex's data`() throws {
        let flow = try #require(try loadDemo().configuration.get().flow(named: "customer_data"))
        #expect(flow.adminOverride == false)
        #expect(flow.allowGuestInteraction)
        guard case .ask(let ask) = flow.rules.first?.outcome else {
            Issue.record("the flow asks nobody")
            return
        }
        #expect(
            ask.mayDecide == DeciderRule(level: .guest, workspace: "T0CUST", channelMembers: "C0SHARED"))
        #expect(ask.selfApproval == false)
        #expect(ask.notify == [StageRule([.channel("C0SHARED")])])
    }

    @Test func `the sample of the format means what it says`() throws {
        let file = ConfigFile(
            path: "sample.json", bytes: try Fixtures.bytes(Fixtures.flows.appending(path: "good/sample.json")))
        let result = Fixtures.loader().load([file])
        #expect(result.problems.map(\.description) == [])
        let flow = try #require(try result.configuration.get().flows.first)
        #expect(flow.name == "prod_db")
        #expect(flow.label == "Production database")
        #expect(flow.answerBySeconds == 86_400)
        #expect(flow.riskTags == ["prod", "write"])
        #expect(flow.constraints == Constraints(maxRuntimeSeconds: 900))
        #expect(
            flow.fields == [
                PromptField(name: "reason", kind: .string, label: "Why?"),
                PromptField(
                    name: "urgency", kind: .string, defaultValue: .string("Normal"),
                    allowedValues: [.string("Normal"), .string("Emergency")]),
            ])
        #expect(
            flow.rules == [
                Rule(
                    name: "on-call emergencies",
                    condition: .all([
                        .field(.init(name: "urgency", test: .isOneOf([.string("Emergency")]))),
                        .requester(.init(group: "S0ONCALL")),
                    ]),
                    outcome: .approve(reason: "On call")),
                Rule(
                    name: "never from outside", condition: .requester(.init(role: .guest)),
                    outcome: .deny(reason: "Guests cannot ask for this")),
                Rule(
                    name: "ask the database team",
                    outcome: .ask(
                        AskRule(
                            mayDecide: DeciderRule(people: ["dana@acme.test"]),
                            notify: [
                                StageRule([.channel("#db-access")], forwardAfterSeconds: 900),
                                StageRule([.user("dana@acme.test")]),
                            ]))),
            ])
    }

    @Test(arguments: Fixtures.names(Fixtures.flows.appending(path: "good")))
    func `a good example has no problems`(name: String) throws {
        let url = Fixtures.flows.appending(path: "good/\(name).json")
        let result = Fixtures.loader().load([ConfigFile(path: "\(name).json", bytes: try Fixtures.bytes(url))])
        #expect(result.problems.map(\.description) == [])
    }

    /// The lists are rewritten with `UPDATE_FIXTURES=1`; their difference is what gets read.
    @Test(arguments: Fixtures.names(Fixtures.flows.appending(path: "bad")))
    func `a bad example has exactly the problems that are listed beside it`(name: String) throws {
        let folder = Fixtures.flows.appending(path: "bad")
        let file = ConfigFile(
            path: "\(name).json", bytes: try Fixtures.bytes(folder.appending(path: "\(name).json")))
        let result = Fixtures.loader().load([try Fixtures.base(), file])
        let lines = result.problems.map(\.description) + result.warnings.map { "warning: \($0)" }
        let text = lines.joined(separator: "\n") + "\n"

        let list = folder.appending(path: "\(name).problems.txt")
        if ProcessInfo.processInfo.environment["UPDATE_FIXTURES"] == "1" {
            try Data(text.utf8).write(to: list)
        }
        #expect(result.problems.isEmpty == false)
        #expect(text == String(decoding: try Fixtures.bytes(list), as: UTF8.self))
    }
}
