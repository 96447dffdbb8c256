/**
 * Makes kernel code that tells where it is, statement by statement, out of kernel code as it is written: the second bundle of the emulator, in
 * which a debugger steps. Lines stay where they are. What is put in calls native/stepper.ts.
 *
 *   function f(a) {                    function f(a) {const $f=$t.enter(7);try{
 *     const b = g(a)           becomes   $t.on&&$t.at($f,31,()=>[a]);const b = g(a)
 *     return b                           $t.on&&$t.at($f,32,()=>[a,b]);return $t.returns($f,(b))
 *   }                                  }catch($e){throw $t.threw($f,$e)}finally{$t.leave($f)}}
 */
import ts from 'typescript'

/** @typedef {{ name: string, line: number, end: number }} FunctionPlace the lines of its braces */
/** @typedef {{ line: number, column: number, names: string[] }} StatementPlace `names`: what has a value there, `name` or `name:type` */

const hasYield = node => {
  if (ts.isYieldExpression(node)) return true
  if (ts.isFunctionLike(node)) return false
  return ts.forEachChild(node, hasYield) ?? false
}

/** Names that a parameter or a declaration binds, with the text of its type where one is written. */
function bindings(declaration, into) {
  const { name, type } = declaration
  if (ts.isIdentifier(name)) into.push({ name: name.text, type: type?.getText() ?? '' })
  else for (const element of name.elements) if (ts.isBindingElement(element)) bindings(element, into)
}

function functionName(node) {
  if (ts.isMethodDeclaration(node) && ts.isClassLike(node.parent))
    return `${node.parent.name?.text ?? ''}.${node.name.getText()}`
  if (node.name !== undefined) return node.name.getText()
  const { parent } = node
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name.getText()
  return '(callback)'
}

/** What is there for the trace is not a part of the translation. */
const isBookkeeping = statement =>
  ts.isExpressionStatement(statement) && /^[\w.#]*\btrace\?\./.test(statement.getText())

const isSteppable = node =>
  (ts.isFunctionDeclaration(node) ||
    ts.isFunctionExpression(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isArrowFunction(node)) &&
  node.body !== undefined &&
  ts.isBlock(node.body)

const NOT_STOPPED_AT = new Set([
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.EmptyStatement,
  ts.SyntaxKind.Block,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.InterfaceDeclaration,
])

/**
 * @param {string} text the source.
 * @param {string} stepper how native/stepper.ts is imported from there.
 * @param {{ functions: number, statements: number }} first numbers of the first function and statement.
 * @returns {{ text: string, functions: FunctionPlace[], statements: StatementPlace[] }}
 */
export function instrument(text, stepper, first) {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2022, true)
  const functions = []
  const statements = []
  /** Texts to put in, by place. */
  const edits = []
  const put = (at, what) => edits.push({ at, what, order: edits.length })
  const lineOf = at => source.getLineAndCharacterOfPosition(at).line + 1

  /** `scope`: names that have a value here; undefined outside of functions. */
  function visit(node, scope) {
    if (isSteppable(node)) visitFunction(node, scope)
    // Neither of them is stepped in: what they return is not what the function around them does.
    else if (ts.isAccessor(node) || ts.isConstructorDeclaration(node))
      ts.forEachChild(node, child => visit(child, undefined))
    else if (scope !== undefined && ts.isBlock(node)) visitStatements(node.statements, scope)
    else if (scope !== undefined && ts.isCaseOrDefaultClause(node)) visitStatements(node.statements, scope)
    else if (scope !== undefined && ts.isCatchClause(node)) {
      const inner = [...scope]
      if (node.variableDeclaration !== undefined) bindings(node.variableDeclaration, inner)
      visit(node.block, inner)
    } else if (
      scope !== undefined &&
      (ts.isForStatement(node) || ts.isForOfStatement(node) || ts.isForInStatement(node))
    ) {
      const inner = [...scope]
      if (node.initializer !== undefined && ts.isVariableDeclarationList(node.initializer))
        for (const each of node.initializer.declarations) bindings(each, inner)
      ts.forEachChild(node, child => visit(child, child === node.statement ? inner : scope))
      braced(node.statement, inner)
    } else {
      ts.forEachChild(node, child => visit(child, scope))
      if (scope === undefined) return
      if (ts.isIfStatement(node)) {
        braced(node.thenStatement, scope)
        // `else if` goes on in the same way.
        if (node.elseStatement !== undefined && !ts.isIfStatement(node.elseStatement)) braced(node.elseStatement, scope)
      } else if (ts.isIterationStatement(node, false)) braced(node.statement, scope)
      else if (ts.isReturnStatement(node) && node.expression !== undefined) {
        put(node.expression.getStart(), '$t.returns($f,(')
        put(node.expression.getEnd(), '))')
      }
    }
  }

  function visitFunction(node, outer) {
    const scope = [...(outer ?? [])]
    if (ts.isMethodDeclaration(node) && !scope.some(each => each.name === 'this'))
      scope.push({ name: 'this', type: node.parent.name?.text ?? '' })
    for (const parameter of node.parameters) {
      if (parameter.name.getText() === 'this') continue
      bindings(parameter, scope)
      if (parameter.initializer !== undefined) visit(parameter.initializer, outer)
    }
    const id = first.functions + functions.length
    functions.push({
      name: functionName(node),
      line: lineOf(node.body.getStart()),
      end: lineOf(node.body.getEnd() - 1),
    })
    put(node.body.getStart() + 1, `const $f=$t.enter(${id});try{`)
    visitStatements(node.body.statements, scope)
    put(node.body.getEnd() - 1, '}catch($e){throw $t.threw($f,$e)}finally{$t.leave($f)}')
  }

  function visitStatements(list, outer) {
    // What is declared here hides what has the same name outside, and has no value before its declaration.
    const own = []
    for (const statement of list)
      if (ts.isVariableStatement(statement))
        for (const each of statement.declarationList.declarations) bindings(each, own)
    const scope = outer.filter(({ name }) => !own.some(each => each.name === name))
    for (const statement of list) {
      if (!NOT_STOPPED_AT.has(statement.kind)) stopAt(statement, scope)
      visit(statement, scope)
      if (ts.isVariableStatement(statement))
        for (const each of statement.declarationList.declarations) bindings(each, scope)
    }
  }

  /** A statement that is a branch without braces gets them, if it stands on a line of its own. */
  function braced(statement, scope) {
    if (ts.isBlock(statement)) return
    if (lineOf(statement.getStart()) === lineOf(statement.parent.getStart())) return
    stopAt(statement, scope, '{')
    put(statement.getEnd(), '}')
  }

  function stopAt(statement, scope, before = '') {
    const at = statement.getStart()
    if (isBookkeeping(statement)) {
      if (before !== '') put(at, before)
      return
    }
    const { line, character } = source.getLineAndCharacterOfPosition(at)
    // An inner name hides an outer one.
    const seen = new Map(scope.map(each => [each.name, each.type]))
    const id = first.statements + statements.length
    const names = [...seen].map(([name, type]) => (type === '' ? name : `${name}:${type}`))
    statements.push({ line: line + 1, column: character + 1, names })
    const values = `()=>[${[...seen.keys()].join(',')}]`
    // Where it may sleep, it is known where it sleeps, whether or not somebody steps.
    const call = hasYield(statement) ? `$t.mark($f,${id},${values});` : `$t.on&&$t.at($f,${id},${values});`
    put(at, `${before}${call}`)
  }

  visit(source, undefined)
  if (functions.length === 0) return { text, functions, statements }
  let made = ''
  let from = 0
  for (const { at, what } of edits.sort((a, b) => a.at - b.at || a.order - b.order)) {
    made += text.slice(from, at) + what
    from = at
  }
  return { text: `import{stepper as $t}from'${stepper}';${made}${text.slice(from)}`, functions, statements }
}
