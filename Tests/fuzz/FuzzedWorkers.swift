// What comes from code that is not ours: calls and answers of Python workers, and answers of target systems.

import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import Support
import TestSupport

@testable import HandlersPython
@testable import Strategies

/// Frames of a worker whose requests are carried out, as those of a flow's code are.
@Sendable func workerCalls(_ bytes: [UInt8]) {
    finish {
        let fixture = try EngineFixture(configuration: organization)
        let calls = SDKCalls(
            directory: fixture.directory,
            slack: SDKCalls.Slack(
                userInfo: { account in ["id": .string(account.user)] },
                list: { _ in [["id": "U0BOB", "real_name": "Bob"], ["id": "U0DANA", "deleted": true]] },
                members: { _, workspace in [Account(workspace: workspace, user: "U0DANA")] }, send: { _, _, _, _ in }
            ),
            secrets: SecretReader { name throws(SecretError) in throw .unknown(name: name) },
            engine: { fixture.engine }
        )
        var buffer = FrameBuffer()
        try buffer.append(bytes)
        while let frame = try buffer.next() {
            guard frame["type"]?.text == "request", let name = frame["name"]?.text else { continue }
            let answer = await calls.serve(
                name, frame["arguments"]?.object ?? [:], run: .sample(), flow: Sample.flow(), met: { _ in }
            )
            let reply = FrameBuffer.frame(answer.members)
            guard reply.count <= FrameBuffer.frameBytesMax else { continue }
            var sent = FrameBuffer()
            try sent.append(reply)
            guard let read = try sent.next() else { preconditionFailure("an answer that is no frame") }
            precondition(read == answer.members, "an answer changes on its way to the worker")
        }
    }
}

/// What handlers answer: the engine goes on with it, whatever a worker makes of its code.
@Sendable func handlerAnswers(_ bytes: [UInt8]) {
    guard let answer = try? JSONValue(parsing: bytes) else { return }
    _ = HandlerFault(answer).report
    let form = FormDocument(
        form: PromptForm(Sample.flow()), flow: Sample.flow(), prefetched: [:], usernames: [:]
    )
    _ = try? form.changes(answer)
    finish {
        let flow = organization.flow(named: "two") ?? Sample.flow()
        var change: JobChange?
        if let returned = try ReturnedTransition(answer["transition"] ?? .null) {
            change = try returned.change(for: .sample(of: flow), flow: flow, by: "on_request")
        }
        let permission = try answer["permission"].map(ReturnedPermission.init) ?? .none
        let route = try ReturnedRoute(answer["route"] ?? ["stages": []])
        let level: DeciderRule =
            switch permission.approveDeny {
            case .role(let role): DeciderRule(level: role)
            case .people(let ids): DeciderRule(level: .guest, people: ids)
            }
        var stages: [Routing.Stage] = []
        for (index, stage) in route.stages.enumerated() {
            stages.append(
                Routing.Stage(
                    places: [.channel("C0DB")], forwardAfterSeconds: stage.forwardAfterSeconds,
                    forwardsOn: route.forwardsOn[index]
                )
            )
        }
        let routing = Routing(
            mayDecide: level, selfApproval: permission.allowsSelfApproval, stages: stages,
            answerWithinSeconds: answer["timeout"]?.integer.map(Int.init)
        )
        let fixture = try EngineFixture(configuration: organization)
        fixture.handlers.route(.success(change.map { .changed($0, .ask(routing)) } ?? .ask(routing)))
        let run = try await fixture.asked("two")
        try await fixture.know(Sample.dana)
        try await fixture.know(Sample.eli)
        _ = try await fixture.click(.approve, by: Sample.dana, on: run)
        _ = try await fixture.click(.approve, by: Sample.eli, on: run)
        try await fixture.pass(.hours(3), step: .minutes(30))
        try await fixture.verify()
        let stored = StoredJSON.encode(try await fixture.run(run))
        precondition((try? StoredJSON.decode(AccessRequest.self, from: stored)) != nil, "a run that cannot be read")
    }
}

/// A target's answer: the first line is its status, with a `*` behind it where it says when to come again.
@Sendable func targetAnswer(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false).map(
        Array.init)
    let line = String(decoding: parts[0], as: UTF8.self)
    guard let status = Int(line.prefix { $0 != "*" }) else { return }
    let headers: HTTPHeaders = line.contains("*") ? ["Retry-After": "1"] : [:]
    for step in [HTTPStep.escalate, .deescalate] {
        let answer = HTTPAnswer(
            response: HTTPResponse(status: status, headers: headers, body: parts.count > 1 ? parts[1] : []), step: step
        )
        do throws(StrategyError) { try answer.check() } catch {
            let sentence =
                switch error {
                case .refused(let text), .ambiguous(let text), .notSent(let text): text
                }
            precondition(
                sentence.unicodeScalars.count <= HTTPAnswer.errorLengthMax + 100, "a target's words fill the card"
            )
            continue
        }
        precondition((200..<300).contains(status) || step == .deescalate, "a refusal counts as access")
        guard let output = try? answer.output() else { continue }
        precondition(output.utf8.count <= HTTPAnswer.outputBytesMax)
        precondition((try? JSONValue(parsing: output))?.object != nil, "an output that cannot be sent back")
    }
}
