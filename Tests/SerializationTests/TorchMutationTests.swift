import Testing

@Suite struct TorchMutationTests {
  private func check(count: Int, seed: UInt64) throws {
    var mutations = try TorchMutations(seed: seed)
    let tally = try mutations.run(count, in: TemporaryFolder())
    #expect(tally.surprises == [])
    #expect(tally.openedCount > count / 20)
    #expect(tally.refusedCount > count / 20)
  }

  @Test func mutationsNeverTrap() throws { try check(count: 4000, seed: 21) }

  @Test(.enabled(if: SlowTests.areEnabled, "slow; set INSTRUCTCV_SLOW_TESTS"))
  func manyMutationsNeverTrap() throws { try check(count: 200_000, seed: 22) }
}
