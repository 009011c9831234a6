// What ./uplot.js is to the compiler: the operator's port serves uplot's own module by this name.
export { default } from 'uplot';
