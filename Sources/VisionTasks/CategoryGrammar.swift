/// The little English that filling a category into a sentence takes.
package enum CategoryGrammar {
  /// How a category is counted.
  package enum Number: Sendable {
    /// "a dog"
    case countable
    /// "water": no article, no plural, but "is".
    case mass
    /// "scissors": no article, already a plural, "are".
    case plural
  }

  /// `category` without outer and doubled white space.
  package static func tidied(_ category: String) -> String {
    category.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// How `category` is counted, judged by its last word.
  package static func number(of category: String) -> Number {
    let head = headWord(of: category)
    if massNouns.contains(head) { return .mass }
    if pluralOnly.contains(head) || irregularSingulars[head] != nil
      || singularOfRegular(head) != nil
    {
      return .plural
    }
    return .countable
  }

  /// "a" or "an", by the sound that `phrase` starts with.
  package static func article(before phrase: String) -> String {
    let phrase = phrase.lowercased()
    if silentStarts.contains(where: { phrase.hasPrefix($0) }) { return "an" }
    if consonantSounds.contains(where: { phrase.hasPrefix($0) }) { return "a" }
    guard let first = phrase.first else { return "a" }
    return "aeiou".contains(first) ? "an" : "a"
  }

  /// Several of `category`: "dogs", "people", "chests of drawers"; what is plural or has no plural
  /// stays.
  package static func plural(of category: String) -> String {
    guard number(of: category) == .countable else { return category }
    return replacingHead(of: category) { word in
      let lower = word.lowercased()
      if unchanging.contains(lower) { return word }
      if let irregular = irregularPlurals[lower] { return cased(irregular, as: word) }
      let lastTwo = lower.suffix(2)
      if lower.hasSuffix("s") || lower.hasSuffix("x") || lower.hasSuffix("z") || lastTwo == "ch"
        || lastTwo == "sh"
      {
        return word + "es"
      }
      if lower.hasSuffix("y"), let before = lower.dropLast().last, !"aeiou".contains(before) {
        return word.dropLast() + "ies"
      }
      return word + "s"
    }
  }

  /// One of `category`; the inverse of ``plural(of:)``, and what is singular stays.
  package static func singular(of category: String) -> String {
    replacingHead(of: category) { word in
      let lower = word.lowercased()
      if pluralOnly.contains(lower) || massNouns.contains(lower) || unchanging.contains(lower) {
        return word
      }
      guard let singular = irregularSingulars[lower] ?? singularOfRegular(lower) else {
        return word
      }
      return cased(singular, as: word)
    }
  }

  /// `word`, which is in lower case, with the capitals of `example` as far as the two agree.
  private static func cased(_ word: String, as example: String) -> String {
    var result = ""
    var capitals = Array(example)[...]
    for letter in word {
      guard let capital = capitals.popFirst(), capital.lowercased() == String(letter) else {
        result.append(letter)
        capitals = []
        continue
      }
      result.append(capital)
    }
    return result
  }

  /// The word that carries the number: the last one, or the one before "of".
  private static func headIndex(in words: [Substring]) -> Int {
    if let of = words.firstIndex(of: "of"), of > 0 { return of - 1 }
    return words.count - 1
  }

  private static func headWord(of category: String) -> String {
    let words = category.split(separator: " ")
    guard !words.isEmpty else { return "" }
    return words[headIndex(in: words)].lowercased()
  }

  private static func replacingHead(of category: String, with change: (String) -> String) -> String
  {
    var words = category.split(separator: " ")
    guard !words.isEmpty else { return category }
    let index = headIndex(in: words)
    words[index] = Substring(change(String(words[index])))
    return words.joined(separator: " ")
  }

  /// The singular of a word that looks like a regular plural; nil for "bus", "glass", "chess".
  private static func singularOfRegular(_ word: String) -> String? {
    guard word.count >= 3, word.hasSuffix("s"), !singularsInS.contains(word) else { return nil }
    let lastTwo = word.suffix(2)
    if ["ss", "us", "is"].contains(lastTwo), !pluralsThatLookSingular.contains(word) {
      return nil
    }
    if word.hasSuffix("ies") {
      // "pies" and "ties" lose an s; "puppies" gets its y back.
      return word.count > 4 && !pluralsInIe.contains(word)
        ? word.dropLast(3) + "y" : String(word.dropLast())
    }
    if word.hasSuffix("oes"), !pluralsInOe.contains(word) { return String(word.dropLast(2)) }
    for ending in ["sses", "xes", "ches", "shes", "uses", "zzes"] where word.hasSuffix(ending) {
      if word == "axes" || pluralsInE.contains(word) { return String(word.dropLast()) }
      return String(word.dropLast(2))
    }
    return String(word.dropLast())
  }

  private static let massNouns: Set<String> = [
    "water", "grass", "sand", "earth", "food", "apparel", "broccoli", "sky", "snow", "land",
    "furniture", "clothing", "wood", "ice", "rain", "smoke", "fire", "soil", "dirt", "gravel",
    "mud", "fog", "rice", "bread", "fruit", "wool", "paper", "spaghetti", "pasta", "luggage",
    "equipment", "vegetation", "foliage", "scenery", "seaweed", "garlic", "cauliflower",
    "asparagus",
  ]
  private static let pluralOnly: Set<String> = [
    "scissors", "skis", "stairs", "jeans", "sunglasses", "binoculars", "trousers",
    "pants", "shorts", "tongs", "pliers", "goggles", "headphones", "drawers", "trunks",
    "chopsticks", "clippers", "clothes", "tights", "pyrenees",
  ]
  private static let unchanging: Set<String> = [
    "sheep", "fish", "goldfish", "deer", "aircraft", "bison", "squid", "salmon", "trout",
    "jellyfish", "starfish", "moose", "series",
  ]
  private static let irregularPlurals = [
    "person": "people", "man": "men", "woman": "women", "child": "children", "mouse": "mice",
    "knife": "knives", "shelf": "shelves", "bookshelf": "bookshelves", "leaf": "leaves",
    "wolf": "wolves", "calf": "calves", "loaf": "loaves", "half": "halves", "goose": "geese",
    "foot": "feet", "tooth": "teeth", "ox": "oxen", "potato": "potatoes", "tomato": "tomatoes",
    "mango": "mangoes", "buffalo": "buffaloes", "snowman": "snowmen", "fireman": "firemen",
    "policeman": "policemen", "cactus": "cacti", "quiz": "quizzes", "scarf": "scarves",
    "thief": "thieves", "wife": "wives", "life": "lives",
  ]
  private static let irregularSingulars: [String: String] = Dictionary(
    irregularPlurals.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
  private static let singularsInS: Set<String> = [
    "lens", "news", "summons", "corps", "mars", "gas", "canvas", "atlas", "christmas", "thermos",
    "rhinoceros", "cosmos",
  ]
  private static let pluralsThatLookSingular: Set<String> = [
    "taxis", "bikinis", "kiwis", "menus", "emus", "gnus", "tzus", "inus", "maus", "caribous",
    "tutus",
  ]
  private static let pluralsInIe: Set<String> = ["cookies", "movies", "zombies", "selfies"]
  private static let pluralsInOe: Set<String> = ["shoes", "toes", "canoes", "hoes", "horseshoes"]
  private static let pluralsInE: Set<String> = [
    "houses", "horses", "greenhouses", "lighthouses", "caches", "mustaches", "blouses", "fuses",
    "avalanches", "headaches", "warehouses", "seahorses", "toothaches",
  ]
  private static let silentStarts = ["hour", "honest", "heir", "x-ray", "mp3", "rv"]
  private static let consonantSounds = ["uni", "use", "eu", "one", "ukulele", "ufo", "usb"]
}
