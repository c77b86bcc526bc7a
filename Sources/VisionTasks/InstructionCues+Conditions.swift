/// The conditions in a sentence, and whether they ask for the presence or the absence of something.
extension InstructionCues {
  /// A stretch of a sentence that says when a colour is shown.
  struct Condition {
    /// Whether it speaks of presence or absence; nil for "else", which is whatever is left.
    let verdict: Verdict?
    /// Begins with "if" or the like.
    let isOpened: Bool
    let range: Range<Int>
    /// Punctuation or "and" sets it apart from what comes before.
    let followsBreak: Bool
    /// Punctuation or "and" sets it apart from what comes after.
    let precedesBreak: Bool

    var isRest: Bool { verdict == nil }
  }

  /// The conditions in `range`, which lies between colours or at an end of the sentence.
  static func conditions(in range: Range<Int>, of words: InstructionWords) -> [Condition] {
    // What introduces the next colour ("and show it in") is no condition.
    var end = range.upperBound
    var hasJoint = false
    if end < words.count {
      while end > range.lowerBound, !words[end - 1].endsClause,
        carriers.contains(words.canonical(end - 1)) || joints.contains(words.canonical(end - 1))
          || words.canonical(end - 1) != "no" && isDeterminer(words.canonical(end - 1))
      {
        end -= 1
        if joints.contains(words.canonical(end)) { hasJoint = true }
      }
    }
    var result: [Condition] = []
    var start = range.lowerBound
    while start < end {
      var stop = start + 1
      while stop < end, !words[stop - 1].endsClause, !startsCondition(stop, in: words) { stop += 1 }
      if let said = judged(start..<stop, in: words) {
        let precedesBreak = words[stop - 1].endsClause || stop == end && hasJoint
        result.append(
          Condition(
            verdict: said.verdict, isOpened: said.isOpened, range: start..<stop,
            followsBreak: start > 0 && words[start - 1].endsClause
              || joints.contains(words.canonical(start)),
            precedesBreak: precedesBreak))
      } else if isOrNot(start..<stop, in: words), result.last?.range.upperBound == start {
        // "If there is a dog or not" speaks of both.
        result.removeLast()
      }
      start = stop
    }
    return result
  }

  /// Whether a condition can begin at `index`.
  static func opensCondition(_ index: Int, in words: InstructionWords) -> Bool {
    let word = words.canonical(index)
    if openers.contains(word) { return true }
    if word == "case" { return isCase(index, in: words) }
    return isQuestion(index, in: words)
  }

  /// "In case", "in the case", but not "in that case" and "in which case".
  static func isCase(_ index: Int, in words: InstructionWords) -> Bool {
    let before = words.canonical(index - 1)
    return words.canonical(index) == "case"
      && (before == "in" || before == "the" && words.canonical(index - 2) == "in")
  }

  /// "Is there", "Does it", "Should you" at the start of a clause.
  private static func isQuestion(_ index: Int, in words: InstructionWords) -> Bool {
    questions.contains(words.canonical(index)) && (index == 0 || words[index - 1].endsClause)
  }

  private static func startsCondition(_ index: Int, in words: InstructionWords) -> Bool {
    let word = words.canonical(index)
    if openers.contains(word) || rests.contains(word) || word == "then" { return true }
    if isOrNot(index - 2..<index, in: words) { return true }
    if word == "in" {
      return ["any", "every"].contains(words.canonical(index + 1))
        || isCase(index + 1, in: words) || isCase(index + 2, in: words)
    }
    return joints.contains(word)
      && (startsCondition(index + 1, in: words) || isOrNot(index..<index + 2, in: words))
  }

  private static func isOrNot(_ range: Range<Int>, in words: InstructionWords) -> Bool {
    range.count == 2 && words.canonical(range.lowerBound) == "or"
      && ["not", "no", "none"].contains(words.canonical(range.lowerBound + 1))
  }

  /// What the words of `range` say; nil when they are no condition or leave the answer open.
  private static func judged(
    _ range: Range<Int>, in words: InstructionWords
  ) -> (verdict: Verdict?, isOpened: Bool)? {
    if range.contains(where: { rests.contains(words.canonical($0)) }) { return (nil, false) }
    var start = range.lowerBound
    while start < range.upperBound, joints.contains(words.canonical(start)) { start += 1 }
    if isOrNot(range, in: words) || start == range.upperBound { return nil }
    let opening = words.canonical(start)
    // "Do not add text" forbids and doesn't ask.
    if ["don't", "do"].contains(opening), opening == "don't" || words.canonical(start + 1) == "not"
    {
      return nil
    }
    let isOpened =
      opening == "in" && (isCase(start + 1, in: words) || isCase(start + 2, in: words))
      || openers.contains(opening) || opening == "should" && isQuestion(start, in: words)
    let isAbsent = speaksOfAbsence(start..<range.upperBound, in: words) != (opening == "unless")
    if isAbsent { return (.no, isOpened) }
    if isOpened { return asksWhether(start, in: words) ? nil : (.yes, true) }
    let isYes = (start..<range.upperBound).contains { affirmations.contains(words.canonical($0)) }
    return isYes && !isQuestion(start, in: words) ? (.yes, false) : nil
  }

  /// "Whether", "tell me if", "check if": open questions.
  private static func asksWhether(_ index: Int, in words: InstructionWords) -> Bool {
    if words.canonical(index) == "whether" { return true }
    guard words.canonical(index) == "if", index > 0, !words[index - 1].endsClause else {
      return false
    }
    let before = words.canonical(index - 1)
    return inquiries.contains(before)
      || before == "me" && inquiries.contains(words.canonical(index - 2))
  }

  /// Whether something denies that the thing which `range` is about is there. What denies something
  /// else ("a dog that is not sleeping", "a dog without a leash") doesn't count.
  private static func speaksOfAbsence(_ range: Range<Int>, in words: InstructionWords) -> Bool {
    var isAbsent = false
    var hasThing = false
    // How many verbs until a relative clause ends.
    var verbsLeft = 0
    for index in range {
      let word = words.canonical(index)
      if verbsLeft > 0 {
        if beings.contains(word) { verbsLeft -= 1 }
        if verbsLeft > 0 { continue }
      }
      if hasThing, ["that", "which", "who", "whose"].contains(word) {
        verbsLeft = 2
        continue
      }
      let isLast = index + 1 >= range.upperBound
      let isDenial: Bool
      if denials.contains(word) || word == "no" {
        // "A no entry sign" is a thing.
        isDenial =
          word == "no"
          ? !hasThing && !["a", "the", "every"].contains(words.canonical(index - 1)) : true
      } else if word == "without" {
        isDenial = !hasThing || isLast
      } else if word == "not" || word == "cannot" || word == "never" || word.hasSuffix("n't") {
        isDenial = !hasThing || deniesPresence(after: index, in: range, of: words)
      } else if absences.contains(word) {
        isDenial =
          !hasThing || isLast || places.contains(words.canonical(index + 1))
          || words.canonical(index + 1) == "to"
      } else {
        if isNameLike(word), !isGeneric(word) { hasThing = true }
        continue
      }
      if isDenial {
        // "Not absent"
        let undoes = isAbsent && (absences.contains(word) || word == "without")
        isAbsent = !undoes
      }
    }
    return isAbsent
  }

  /// Whether the "not" at `index`, with the thing before it, says that the thing isn't there.
  private static func deniesPresence(
    after index: Int, in range: Range<Int>, of words: InstructionWords
  ) -> Bool {
    var next = index + 1
    while next < range.upperBound, ["be", "been", "any", "a"].contains(words.canonical(next)) {
      next += 1
    }
    let word = words.canonical(next)
    return next >= range.upperBound || presences.contains(word) || places.contains(word)
      || absences.contains(word)
  }

  private static func set(_ words: String) -> Set<String> {
    Set(words.split(separator: " ").map(String.init))
  }

  /// What a condition begins with.
  static let openers = set("if when whenever unless whether provided once assuming")
  private static let questions = set(
    "is are does do can could should has have was were isn't aren't")
  /// What stands for the case that no condition names.
  static let rests = set("else otherwise other others rest")
  private static let inquiries = set(
    "tell say check decide determine see know judge find out wonder")

  /// What is done with a colour.
  static let displays = set(
    "show showing display displaying paint make making turn turning fill filling use using go "
      + "output "
      + "draw return give giving put set say answer respond reply mark color coloring indicate "
      + "signal "
      + "produce generate render become becomes")
  /// What leads from a condition to its colour.
  static let carriers = displays.union(
    set(
      "me it them with in to as by into be is are means mean image whole everything everywhere "
        + "canvas "
        + "should will must get gets solid plain pure just"))
  private static let joints = set("and or but while whereas then also so plus")

  private static let affirmations = set("yes present presence success true positive found")
  private static let denials = set("none nothing nobody neither failure false negative")
  private static let absences = set(
    "absent absence missing lacks lacking lack nowhere fail fails unable devoid gone invisible "
      + "unseen"
  )
  private static let presences = set(
    "present there here visible seen found shown exist appear depicted displayed contained "
      + "included "
      + "detected spotted part around")
  private static let places = set("in inside within anywhere from at")
  static let beings = set("is are was were isn't aren't wasn't weren't")
}
