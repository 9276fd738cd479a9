import ApprovalCore
import ApprovalEngine
import Support
import Testing

@Suite struct `A store of people` {
    @Test(arguments: StoreUnderTest.all)
    func `gives back a person as observed last, under the id of the first time`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let account = Account(workspace: "THOME", user: "UADA")
            #expect(try await store.person(account) == nil)
            let first = Person.named("UADA", id: "ada", email: "ada@acme.test")
            #expect(try await store.save(first) == first)
            var later = Person.named("UADA", id: "somebody", email: "ada@new.test", role: .admin, at: noon + .hours(1))
            later.isActive = false
            let saved = try await store.save(later)
            later.id = "ada"
            #expect(saved == later)
            #expect(try await store.person(account) == later)
            #expect(try await store.people(email: "ada@acme.test") == [])
            #expect(try await store.person(Account(workspace: "TELSE", user: "UADA")) == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `finds people of home workspaces by e-mail address`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let home = Person.named("UADA", email: "ada@acme.test")
            let guest = Person.named("UGUEST", email: "ada@acme.test", role: .guest)
            let outsider = Person.named("UOUT", workspace: "TOUT", email: "ada@acme.test", isHome: false)
            for person in [guest, outsider, home, .named("UNOMAIL")] { try await store.save(person) }
            #expect(try await store.people(email: "ada@acme.test") == [home, guest])
            #expect(try await store.people(email: "Ada@ACME.test") == [home, guest])
            #expect(try await store.people(email: "") == [])
            #expect(try await store.person(id: home.id) == home)
            #expect(try await store.person(id: outsider.id) == outsider)
            #expect(try await store.person(id: "nobody") == nil)
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `takes a second account of a full member of ours for the same person`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            try await store.save(.named("UADA", id: "ada", email: "ada@acme.test"))
            let second = try await store.save(.named("UADA2", workspace: "THOME2", id: "new", email: "ada@acme.test"))
            #expect(second.id == "ada")
            // Two accounts of one person are still one person.
            let third = try await store.save(
                .named("UADA3", workspace: "THOME3", id: "newer", email: "ada@acme.test", role: .admin)
            )
            #expect(third.id == "ada")
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `takes nobody else for somebody we know`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let ada = Person.named("UADA", id: "ada", email: "ada@acme.test")
            try await store.save(ada)
            let strangers: [Person] = [
                .named("UGUEST", id: "guest", email: "ada@acme.test", role: .guest),
                .named("UOUT", workspace: "TOUT", id: "outsider", email: "ada@acme.test", isHome: false),
                .named("UBOB", id: "bob", email: "bob@acme.test"),
                .named("UNOMAIL", id: "no mail"), .named("UNOMAIL2", id: "no mail either"),
            ]
            for person in strangers { #expect(try await store.save(person).id == person.id) }
            // A guest is nobody to be taken for, either.
            try await store.save(.named("UEVE", id: "eve", email: "eve@acme.test", role: .guest))
            let member = Person.named("UEVE2", workspace: "THOME2", id: "member", email: "eve@acme.test")
            #expect(try await store.save(member).id == "member")
            // An account that is known stays who it is when its address becomes somebody else's.
            #expect(try await store.save(.named("UBOB", id: "bob", email: "ada@acme.test")).id == "bob")
            // Now two people have the address: more than one match is no match.
            let third = Person.named("UADA2", workspace: "THOME2", id: "third", email: "ada@acme.test")
            #expect(try await store.save(third).id == "third")
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `finds an outsider under the account a payload gave them, and counts that for nothing else`(
        kind: StoreUnderTest
    ) async throws {
        try await kind.lend { store in
            let claimed = Account(workspace: "THOME", user: "UOUT")
            let gwen = Person.named("UOUT", workspace: "TCUST", id: "gwen", email: "g@cust.test", isHome: false)
            try await store.save(gwen)
            try await store.save(gwen, seenAs: claimed)
            #expect(try await store.person(claimed) == gwen)
            #expect(try await store.people(email: "g@cust.test") == [])
            var later = gwen
            later.isActive = false
            try await store.save(later, seenAs: claimed)
            #expect(try await store.person(claimed) == later)
        }
    }
}

@Suite struct `A store of deliveries` {
    @Test(arguments: StoreUnderTest.all)
    func `notes a delivery once, until it is forgotten`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            #expect(try await store.note(delivery: "Ev1", at: noon))
            #expect(try await !store.note(delivery: "Ev1", at: noon + .seconds(9)))
            #expect(try await store.note(delivery: "ev1", at: noon + .seconds(1)))
            try await store.forgetDeliveries(before: noon + .seconds(1))
            #expect(try await store.note(delivery: "Ev1", at: noon + .hours(1)))
            #expect(try await !store.note(delivery: "ev1", at: noon + .hours(1)))
        }
    }

    @Test(arguments: StoreUnderTest.all)
    func `lets one of many who note the same delivery go on`(kind: StoreUnderTest) async throws {
        try await kind.lend { store in
            let firsts = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<20 { group.addTask { try await store.note(delivery: "Ev1", at: noon) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(firsts == 1)
        }
    }
}
