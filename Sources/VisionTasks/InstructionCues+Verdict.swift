/// Telling which of the answer's colours is the one for yes.
extension InstructionCues {
  /// What one colour stands for.
  enum Verdict {
    case yes
    case no

    var opposite: Verdict { self == .yes ? .no : .yes }
  }

  /// What the only colour of a sentence stands for; nil when that isn't clear.
  static func meaning(of mention: Mention, in words: InstructionWords) -> Verdict? {
    var verdict: Verdict?
    var isRest = false
    for condition in conditions(in: 0..<mention.place.lowerBound, of: words) {
      guard let said = condition.verdict else {
        isRest = true
        continue
      }
      verdict = said
      isRest = false
    }
    if isRest { verdict = (verdict ?? .yes).opposite }
    if verdict == nil {
      let after = conditions(in: mention.place.upperBound..<words.count, of: words)
      verdict = after.first { $0.verdict != nil }?.verdict ?? .yes
    }
    return mention.isContrast ? verdict?.opposite : verdict
  }

  /// What the first colour of several mentions of two colours stands for; nil when that isn't
  /// clear.
  static func meaning(ofFirstAmong mentions: [Mention], in words: InstructionWords) -> Verdict? {
    let first = mentions[0].color.color
    var found: Verdict?
    for index in mentions.indices.dropLast()
    where mentions[index].color.color != mentions[index + 1].color.color {
      let previous = index > 0 ? mentions[index - 1].place.upperBound : nil
      let next = index + 2 < mentions.count ? mentions[index + 2].place.lowerBound : nil
      let pair = ColorPair(
        mentions[index], mentions[index + 1], after: previous, before: next, in: words)
      guard !pair.isContradictory else { return nil }
      guard let said = pair.verdict else { continue }
      let verdict = mentions[index].color.color == first ? said : said.opposite
      guard found ?? verdict == verdict else { return nil }
      found = verdict
    }
    // Yes comes before no where nothing else is said.
    return found ?? .yes
  }

  /// Two neighbouring colours with what is said of each.
  private struct ColorPair {
    /// What the first colour stands for, if anything says so.
    private(set) var verdict: Verdict?
    /// Both colours seem to stand for the same, or one for both.
    private(set) var isContradictory = false

    private var ofFirst: [Condition] = []
    private var ofSecond: [Condition] = []

    init(
      _ first: Mention, _ second: Mention, after previous: Int?, before next: Int?,
      in words: InstructionWords
    ) {
      // Between two pairs, what goes before a break belongs to the earlier one.
      let start = previous.map { previous in
        (previous..<first.place.lowerBound).last { words[$0].endsClause }.map { $0 + 1 } ?? previous
      }
      let end = next.map { next in
        (second.place.upperBound..<next).first { words[$0].endsClause }.map { $0 + 1 } ?? next
      }
      var before = conditions(in: (start ?? 0)..<first.place.lowerBound, of: words)
      let between = conditions(in: first.place.upperBound..<second.place.lowerBound, of: words)
      let after = conditions(in: second.place.upperBound..<(end ?? words.count), of: words)
      if first.isContrast != second.isContrast {
        // One colour is what the answer is not, so every condition is the other's.
        ofFirst = before + between + after
        decide(swapping: first.isContrast)
        return
      }
      if Set(before.compactMap(\.verdict)).count > 1 {
        let isSaidAgain = (between + after).contains { $0.verdict != nil }
        if !isSaidAgain, !before.contains(where: \.isRest), between.isEmpty {
          // "If there is a dog or if there is none: green, red"
          verdict = before[0].verdict
          return
        }
        if isSaidAgain { before = before.filter { $0.verdict == nil } }
      }
      ofFirst = before
      distribute(between, before: before, after: after)
      distribute(after, hasBetween: !between.isEmpty, first: first, second: second, in: words)
      decide(swapping: false)
    }

    /// Gives each condition between the colours to one of them.
    private mutating func distribute(
      _ between: [Condition], before: [Condition], after: [Condition]
    ) {
      let isFirstGoverned = before.contains { $0.verdict != nil }
      let isSecondGoverned = after.contains { $0.verdict != nil }
      if let rest = between.firstIndex(where: \.isRest) {
        // "Red otherwise, green if": the rest is the first colour's where the second is set apart
        // and nothing has been said of the first.
        let isOfFirst =
          rest == 0 && !between[0].followsBreak && between[0].precedesBreak && !isFirstGoverned
        ofFirst += between[..<rest]
        if isOfFirst { ofFirst.append(between[rest]) } else { ofSecond.append(between[rest]) }
        ofSecond += between[(rest + 1)...]
        return
      }
      if let turn = between.firstIndex(where: { $0.verdict != between[0].verdict }) {
        ofFirst += between[..<turn]
        ofSecond += between[turn...]
        return
      }
      guard let condition = between.first else { return }
      let isOfSecond: Bool
      if isSecondGoverned {
        isOfSecond = false
      } else if isFirstGoverned {
        isOfSecond = true
      } else {
        isOfSecond = condition.followsBreak && !condition.precedesBreak
      }
      if isOfSecond { ofSecond += between } else { ofFirst += between }
    }

    /// Gives each condition after the colours to one of them.
    private mutating func distribute(
      _ after: [Condition], hasBetween: Bool, first: Mention, second: Mention,
      in words: InstructionWords
    ) {
      let isFirstGoverned = ofFirst.contains { $0.verdict != nil }
      if let condition = after.first, condition.isRest {
        ofSecond.append(condition)
        if !isFirstGoverned { ofFirst += after.dropFirst() }
        return
      }
      let said = after.filter { $0.verdict != nil }
      guard let condition = said.first else { return }
      let isAlone = ofFirst.isEmpty && ofSecond.isEmpty && !hasBetween
      if isAlone, let turn = said.first(where: { $0.verdict != condition.verdict }),
        turn.isOpened == condition.isOpened
      {
        // "The first if there is a dog, the second if not"
        let isReversed = ["second", "latter"].contains(
          words.canonical(condition.range.lowerBound - 1))
        verdict = isReversed ? turn.verdict : condition.verdict
        return
      }
      let joint = words.canonical(first.place.upperBound)
      if isAlone, joint == "or" || joint == "and",
        second.place.lowerBound == first.place.upperBound + 1, !condition.followsBreak
      {
        // "Green or red if there is a dog"
        isContradictory = true
        return
      }
      ofSecond += after.prefix { $0.verdict == nil || $0.verdict == condition.verdict }
    }

    private mutating func decide(swapping isSwapped: Bool) {
      guard verdict == nil, !isContradictory else { return }
      guard let first = Self.agreement(ofFirst), let second = Self.agreement(ofSecond) else {
        isContradictory = true
        return
      }
      switch (first.verdict, second.verdict) {
      case (let one?, let other?):
        isContradictory = one == other
        verdict = one
      case (let one?, nil):
        verdict = one
      case (nil, let other?):
        // "Red, otherwise green if there is a dog"
        isContradictory = second.isRest && other == .yes
        verdict = other.opposite
      case (nil, nil):
        verdict = first.isRest ? .no : second.isRest ? .yes : isSwapped ? .yes : nil
      }
      if isSwapped { verdict = verdict?.opposite }
    }

    /// What `conditions` say together; nil when they contradict each other. A spelled out "if"
    /// counts for more than a mere "no".
    private static func agreement(
      _ conditions: [Condition]
    ) -> (verdict: Verdict?, isRest: Bool)? {
      var verdicts = Set(conditions.filter(\.isOpened).compactMap(\.verdict))
      if verdicts.isEmpty { verdicts = Set(conditions.compactMap(\.verdict)) }
      guard verdicts.count < 2 else { return nil }
      return (verdicts.first, conditions.contains { $0.isRest })
    }
  }
}
