import { Component, type ComponentType, type FunctionComponent, h } from 'preact';

const same = (a: object, b: object): boolean =>
  Object.keys({ ...a, ...b }).every((key) => (a as Record<string, unknown>)[key] === (b as Record<string, unknown>)[key]);

/** Draws again only when a property is another one than before. */
export function memo<P extends object>(inner: FunctionComponent<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }
    render() {
      return h(inner, this.props);
    }
  };
}
