import { mount } from 'svelte';
import App from './App.svelte';
import { applyTheme } from './app/theme.svelte';
import { locale } from './i18n/index.svelte';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';

applyTheme();
document.documentElement.lang = locale();

const target = document.getElementById('app');
if (target) mount(App, { target });
